"use strict";
// One panel as a picture (PNG, SVG) or as a table (CSV) of the cycles that are shown.
const Export = {
  panel(kind, page, item) {
    const name = fileName(Data.file, page.title, item.panel.name);
    if (kind === "CSV") return save(`${name}.csv`, "text/csv;charset=utf-8", this.csv(page, item.panel));
    const title = { text: plain(`${item.panel.title} (${item.panel.unit}), ${page.title}, ${Data.file}`), font: { size: 13 } };
    const layout = { ...item.plot.layout, title, margin: { l: 70, r: 20, t: 45, b: 50 }, paper_bgcolor: ink().back, plot_bgcolor: ink().back };
    layout.xaxis = { ...layout.xaxis, title: { text: plain(page.percent_label) } };
    const figure = { data: item.plot.data, layout, config: {} };
    return Plotly.downloadImage(figure, { format: kind.toLowerCase(), width: 800, height: 500, filename: name, scale: 2 });
  },

  // One column a cycle, and the reference; every column says trial, leg and unit.
  csv(page, panel) {
    const quote = (text) => `"${String(text).replace(/^([=+\-@])/, "'$1").replace(/"/g, '""')}"`;
    const columns = [["percent", page.percent]];
    page.cycles.forEach((cycle, row) => columns.push([`${cycle.trial} ${cycle.side} ${cycle.start} s (${panel.unit})`, rowOf(panel.curves, row)]));
    if (panel.norm) {
      columns.push([`reference mean (${panel.unit}): ${panel.norm.population}; ${panel.norm.source}`, Array.from(decode(panel.norm.mean))]);
      columns.push([`reference SD (${panel.unit})`, Array.from(decode(panel.norm.sd))]);
    }
    const lines = [columns.map(([head]) => quote(head)).join(",")];
    for (let k = 0; k < page.percent.length; k++) {
      lines.push(columns.map(([, values]) => (Number.isFinite(values[k]) ? String(+values[k].toFixed(5)) : "")).join(","));
    }
    return `${lines.join("\r\n")}\r\n`;
  },
};
