"use strict";
// The pages of curves: one figure of Plotly a panel, drawn when it scrolls into view; the cursor is an overlay moved by CSS.
const Curves = (() => {
  if (!$("panels")) return null;
  const MARGIN = { l: 52, r: 14, t: 6, b: 24 };
  const DASH = { left: "6px,3px", right: "solid", both: "solid" };
  const SIGN = { foot_off: "triangle-up", opposite_foot_off: "triangle-up", opposite_foot_strike: "triangle-down", bottom: "diamond" };
  const CONFIG = { displayModeBar: false, displaylogo: false, responsive: true, doubleClick: false };
  const hidden = new Set(); // trials
  const shown = { left: true, right: true, both: true, single: true, before: true, norm: true };
  let page = null, panels = [];

  const visible = (cycle) => shown[cycle.side] && !hidden.has(cycle.trial);

  // Mean and SD of the cycles that are shown and whole; a point has one only where all of them have a value.
  function summary(panel, side) {
    const rows = page.cycles.map((cycle, row) => ({ cycle, row }))
      .filter(({ cycle, row }) => cycle.side === side && visible(cycle) && panel.whole[row]).map(({ row }) => row);
    const values = decode(panel.curves), n = page.percent.length, mean = [], sd = [];
    for (let k = 0; k < n; k++) {
      let sum = 0, square = 0;
      for (const row of rows) sum += values[row * n + k];
      const middle = sum / rows.length;
      for (const row of rows) square += (values[row * n + k] - middle) ** 2;
      mean.push(Number.isFinite(middle) ? middle : null);
      sd.push(rows.length > 1 && Number.isFinite(square) ? Math.sqrt(square / (rows.length - 1)) : null);
    }
    return { rows, mean, sd };
  }

  function band(x, low, high, colour, name) {
    const known = x.map((_, k) => k).filter((k) => low[k] !== null && high[k] !== null);
    return {
      x: [...known.map((k) => x[k]), ...known.slice().reverse().map((k) => x[k])],
      y: [...known.map((k) => high[k]), ...known.slice().reverse().map((k) => low[k])],
      type: "scatter", mode: "lines", fill: "toself", fillcolor: colour, line: { width: 0 }, hoverinfo: "skip", name,
    };
  }

  // All single cycles of a leg in one trace, with breaks: many traces are slow.
  function singles(panel, side, colour) {
    const rows = page.cycles.map((_, row) => row).filter((row) => page.cycles[row].side === side && visible(page.cycles[row]));
    const x = [], y = [], text = [], customdata = [];
    for (const row of rows) {
      const cycle = page.cycles[row], label = plain(`${cycle.trial}, ${cycle.side}`);
      rowOf(panel.curves, row).forEach((value, k) => {
        x.push(page.percent[k]);
        y.push(Number.isFinite(value) ? value : null);
        text.push(label);
        customdata.push(row);
      });
      x.push(null); y.push(null); text.push(""); customdata.push(row);
    }
    return {
      x, y, text, customdata, type: "scatter", mode: "lines", connectgaps: false, name: "single",
      line: { color: faded(colour, 0.45), width: 1 }, hovertemplate: "%{text}<br>%{x:.0f} %: %{y:.3~f}<extra></extra>",
    };
  }

  function traces(panel, limits) {
    const colours = ink(), x = page.percent, out = [];
    if (panel.norm && shown.norm) {
      const mean = decode(panel.norm.mean), sd = decode(panel.norm.sd);
      out.push(band(x, x.map((_, k) => mean[k] - sd[k]), x.map((_, k) => mean[k] + sd[k]), colours.norm, "norm"));
    }
    for (const side of page.sides.filter((one) => shown[one])) {
      const colour = colours[side], own = summary(panel, side);
      if (shown.single) out.push(singles(panel, side, colour));
      if (own.rows.length >= page.least_in_band) {
        out.push(band(x, own.mean.map((v, k) => (own.sd[k] === null ? null : v - own.sd[k])),
          own.mean.map((v, k) => (own.sd[k] === null ? null : v + own.sd[k])), faded(colour, 0.16), "sd"));
      }
      if (shown.before) {
        panel.before.filter((one) => one.side === side).forEach((one, k) => out.push({
          x, y: rowOf(one.mean, 0), type: "scatter", mode: "lines", name: "before",
          line: { color: faded(colour, 0.8), width: 1.6, dash: ["1.5px,3px", "1.5px,3px,6px,3px"][k % 2] },
          hovertemplate: `${plain(one.session)}, ${side}, mean of ${one.n}<br>%{x:.0f} %: %{y:.3~f}<extra></extra>`,
        }));
      }
      if (own.rows.length) {
        out.push({
          x, y: own.mean, type: "scatter", mode: "lines", name: "mean", line: { color: colour, width: 2.4, dash: DASH[side] },
          hovertemplate: `mean of ${own.rows.length}, ${side}<br>%{x:.0f} %: %{y:.3~f}<extra></extra>`,
        });
        out.push(...signs(side, own.rows, limits, colour));
      }
    }
    return out;
  }

  // The mean of every event of a leg: a sign at the foot of the panel, each leg in a row of its own.
  function signs(side, rows, limits, colour) {
    const height = limits[0] + (limits[1] - limits[0]) * (side === "left" ? 0.11 : 0.04), out = [];
    for (const event of page.events) {
      const at = rows.map((row) => event.at[row]).filter((value) => value !== null);
      if (!at.length) continue;
      const mean = at.reduce((a, b) => a + b, 0) / at.length;
      out.push({
        x: [mean], y: [height], type: "scatter", mode: "markers", name: "event", cliponaxis: false,
        marker: { symbol: SIGN[event.event] + (event.filled ? "" : "-open"), size: 8, color: colour },
        hovertemplate: `${plain(event.words)}, ${side}: ${mean.toFixed(0)} %<extra></extra>`, meta: event.line,
      });
    }
    return out;
  }

  function layout(panel, limits, drawn) {
    const colours = ink();
    const end = (text, y, yanchor) => ({
      text, x: 0, y, xref: "paper", yref: "paper", xanchor: "right", yanchor, xshift: -26, textangle: -90, showarrow: false,
      font: { size: 10, color: colours.faint },
    });
    const lines = drawn.filter((trace) => trace.name === "event" && trace.meta).map((trace) => ({
      type: "line", xref: "x", yref: "paper", x0: trace.x[0], x1: trace.x[0], y0: 0, y1: 1, layer: "below",
      line: { color: trace.marker.color, width: 1, dash: "dot" },
    }));
    const usual = panel.active.map(([from, to]) => ({
      type: "rect", xref: "x", yref: "paper", x0: from, x1: to, y0: 0.95, y1: 1, line: { width: 0 }, fillcolor: colours.norm,
    }));
    const axis = { gridcolor: colours.grid, zeroline: false, tickfont: { size: 10, color: colours.faint }, fixedrange: true };
    return {
      margin: MARGIN, height: 200, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
      hovermode: "closest", hoverdistance: 12, hoverlabel: { font: { size: 11 }, namelength: -1 }, dragmode: false,
      font: { color: colours.text },
      xaxis: { ...axis, range: [0, 100], tickvals: [0, 25, 50, 75, 100] },
      yaxis: { ...axis, range: limits, nticks: 6, zeroline: limits[0] < 0 && limits[1] > 0, zerolinecolor: colours.faint, zerolinewidth: 1 },
      shapes: [...lines, ...usual],
      annotations: [end(plain(panel.up), 1, "top"), end(plain(panel.down), 0, "bottom")].filter((one) => one.text),
    };
  }

  function draw(item) {
    item.dirty = false;
    const limits = $("fixed").checked ? item.panel.scale : item.panel.extent;
    const drawn = traces(item.panel, limits), look = layout(item.panel, limits, drawn);
    item.count.textContent = page.sides.filter((side) => shown[side])
      .map((side) => `${side[0].toUpperCase()} ${summary(item.panel, side).rows.length}`).join("  ");
    const first = !item.plot.classList.contains("js-plotly-plot");
    Plotly.react(item.plot, drawn, look, CONFIG);
    if (first) item.plot.on("plotly_click", (event) => clicked(event));
  }

  function clicked({ points, event }) {
    const row = points[0].customdata;
    const at = points[0].x;
    if (row === undefined) {
      const side = (points[0].data.hovertemplate || "").includes(", left") ? "left" : "right";
      const cycle = page.cycles.find((one) => one.side === side && visible(one));
      return cycle && go(cycle, at);
    }
    const cycle = page.cycles[row];
    if (event && event.shiftKey) return toggle(cycle.trial);
    return go(cycle, at);
  }

  function go(cycle, percent) {
    if (cycle.start === null || cycle.end === null) return;
    Cursor.move(cycle.trial, cycle.start + (percent / 100) * (cycle.end - cycle.start), "curve");
  }

  // Where the cursor of each leg stands on this page: the cycle of the scene's trial that holds the time.
  function follow() {
    const place = $("panels");
    for (const side of ["left", "right", "both"]) {
      const cycle = page.cycles.find((one) => one.trial === Cursor.trial && one.side === side
        && one.start !== null && one.start - 1e-6 <= Cursor.time && Cursor.time <= one.end + 1e-6);
      const percent = cycle ? (100 * (Cursor.time - cycle.start)) / (cycle.end - cycle.start) : -1;
      place.style.setProperty(`--at-${side}`, percent < 0 ? "-999" : percent.toFixed(3));
    }
  }

  function toggle(trial) {
    if (hidden.has(trial)) hidden.delete(trial); else hidden.add(trial);
    chips();
    refresh();
  }

  function chips() {
    $("chips").replaceChildren(...[...new Set(page.cycles.map((cycle) => cycle.trial))].map((trial) => {
      const label = element("label", "", { class: "chip" });
      const box = element("input", "", { type: "checkbox" });
      box.checked = !hidden.has(trial);
      box.addEventListener("change", () => toggle(trial));
      label.append(box, ` ${trial}`);
      return label;
    }));
  }

  // Panels in sight at once, all others when they come into it.
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const item = panels.find((one) => one.figure === entry.target);
      if (!item) continue;
      item.seen = entry.isIntersecting;
      if (item.seen && item.dirty) draw(item);
    }
  }, { rootMargin: "150px" });

  function refresh() {
    for (const item of panels) {
      item.dirty = true;
      if (item.seen) draw(item);
    }
  }

  function figureOf(panel) {
    const figure = element("figure", "", { class: "panel", tabindex: "0", "data-panel": panel.name });
    const caption = element("figcaption"), count = element("small", "", { class: "n", title: "cycles in the mean" });
    caption.append(element("b", panel.title), element("small", panel.unit), count);
    const menu = element("span", "", { class: "export" });
    for (const kind of ["PNG", "SVG", "CSV"]) {
      const button = element("button", kind, { type: "button", "aria-label": `${panel.title} as ${kind}` });
      button.addEventListener("click", () => Export.panel(kind, page, item));
      menu.append(button);
    }
    caption.append(menu);
    const box = element("div", "", { class: "box" }), plot = element("div", "", { class: "plot" });
    box.append(plot, ...["left", "right", "both"].map((side) => element("i", "", { class: `cursor ${side}` })));
    if (panel.usual) caption.append(element("small", `↕ usual ${minus(panel.usual[0], 1)} to ${minus(panel.usual[1], 1)}`, { class: "usual" }));
    figure.append(caption, box);
    figure.addEventListener("keydown", (event) => step(event));
    const item = { panel, figure, plot, count, dirty: true, seen: false };
    panels.push(item);
    watch.observe(figure);
    return figure;
  }

  function step(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const holds = (one) => one.trial === Cursor.trial && one.start <= Cursor.time + 1e-6 && Cursor.time <= one.end + 1e-6;
    const cycle = page.cycles.find(holds) || page.cycles.find(visible);
    if (!cycle) return;
    const now = holds(cycle) ? (100 * (Cursor.time - cycle.start)) / (cycle.end - cycle.start) : 0;
    go(cycle, Math.max(0, Math.min(100, now + by)));
  }

  function open(index) {
    page = Data.pages[index];
    $("page").value = String(index);
    watch.disconnect();
    for (const item of panels) Plotly.purge(item.plot);
    panels = [];
    const parts = [];
    for (const section of page.sections) {
      parts.push(element("h3", section.title));
      const grid = element("div", "", { class: "grid" });
      for (const panel of section.panels) grid.append(panel ? figureOf(panel) : element("div", "", { class: "gap" }));
      parts.push(grid);
      if (section.missing.length) parts.push(element("p", `No data: ${section.missing.join(", ")}.`, { class: "note" }));
    }
    $("panels").replaceChildren(...parts);
    $("curve-legend").textContent = legend();
    chips();
    follow();
  }

  function legend() {
    const visits = new Set(page.sections.flatMap((s) => s.panels).filter(Boolean).flatMap((p) => p.before.map((b) => b.session)));
    const events = page.events.map((event) => `${{ "triangle-up": event.filled ? "▲" : "△", "triangle-down": "▽", diamond: "◆" }[SIGN[event.event]]} ${event.words}`);
    return [
      `${page.percent_label}. Left dashed, right solid: mean; thin: single cycles; band: ± SD from ${page.least_in_band} cycles on`,
      visits.size ? `Dotted: mean of ${[...visits].join(", ")}` : "",
      events.join(", "),
      page.reference ? `Grey: ${page.reference}, mean ± SD` : page.no_reference.replace(/\.$/, ""),
      `n (L, R): cycles with values in at least ${page.least_filled_percent} % of the curve (loads: of stance)`,
    ].filter(Boolean).join(". ") + ".";
  }

  $("fixed").checked = Data.y_limits === "fixed";
  $("fixed").addEventListener("change", refresh);
  $("page").addEventListener("change", () => open(Number($("page").value)));
  for (const box of document.querySelectorAll("[data-show]")) {
    box.addEventListener("change", () => { shown[box.dataset.show] = box.checked; refresh(); });
  }
  Cursor.listeners.push(() => {
    if (!page.cycles.some((cycle) => cycle.trial === Cursor.trial)) {
      const index = Data.pages.findIndex((one) => one.cycles.some((cycle) => cycle.trial === Cursor.trial));
      if (index >= 0) open(index);
    }
    follow();
  });
  themed.push(refresh);
  if (Data.pages.length) open(0);
  return { open, toggle, summary, panels: () => panels, page: () => page };
})();
