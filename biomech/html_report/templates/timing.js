"use strict";
// Hip adduction and rearfoot eversion in the descent, each as a share of its own rise, on one axis.
(() => {
  function draw(place) {
    const data = Data.timing[Number(place.dataset.timing)];
    const colours = ink(), x = Array.from(decode(data.time), (seconds) => 1000 * seconds);
    const line = (part, name, dash, symbol) => {
      const y = Array.from(decode(part.share));
      const at = [0.1, 0.5, 0.95].map((level) => y.findIndex((value) => value >= level));
      return [
        { x, y, type: "scatter", mode: "lines", name: `${name} (rise ${part.rise})`, line: { color: colours.text, width: 2, dash },
          hovertemplate: `${name}<br>%{x:.0f} ms: %{y:.0%}<extra></extra>` },
        { x: at.map((k) => x[k]), y: at.map((k) => y[k]), type: "scatter", mode: "markers", showlegend: false,
          marker: { symbol, size: 8, color: colours.text }, hovertemplate: `${name}: %{y:.0%} at %{x:.0f} ms<extra></extra>` },
      ];
    };
    const axis = { gridcolor: colours.grid, zeroline: false, fixedrange: true, tickfont: { size: 10, color: colours.faint } };
    Plotly.react(place, [...line(data.hip, "hip adduction", "solid", "circle"), ...line(data.foot, "rearfoot eversion", "6px,3px", "square-open")], {
      height: 220, margin: { l: 46, r: 8, t: 8, b: 36 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colours.text, size: 11 }, legend: { x: 0.02, y: 0.99, bgcolor: "rgba(0,0,0,0)", font: { size: 11 } }, dragmode: false,
      xaxis: { ...axis, title: { text: "ms from the start of the descent", font: { size: 11 } } },
      yaxis: { ...axis, title: { text: "share of its rise", font: { size: 11 } }, tickformat: ".0%", range: [-0.15, 1.12] },
    }, { displayModeBar: false, displaylogo: false, responsive: true });
  }
  const places = [...document.querySelectorAll("[data-timing]")], drawn = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting && !drawn.has(target)) { drawn.add(target); draw(target); }
  }, { rootMargin: "150px" });
  places.forEach((place) => watch.observe(place));
  themed.push(() => drawn.forEach(draw));
})();
