"use strict";
// One scene: markers, lines and overlay of one trial, each a trace of Plotly, restyled frame by frame.
// Lab axes (X forward, Y up, Z right) become those of the drawing (X, -Z, Y), so that up is up.
class Scene {
  constructor(place, live) {
    this.place = place;
    this.live = live;
    this.camera = "front";
    this.follow = true;
    this.show = { markers: true, axes: false };
    this.busy = false;
    this.wanted = null;
  }

  load(trial) {
    this.trial = trial;
    this.time = decode(trial.time);
    this.frame = 0;
    this.at = {
      place: decode(trial.place), markers: decode(trial.markers.place), root: decode(trial.root),
      origin: decode(trial.axes.origin), turn: trial.axes.turn ? decode(trial.axes.turn) : new Float32Array(0),
      forces: trial.forces.map((force) => decode(force.line)),
      live: Object.fromEntries(Object.entries(trial.live.sides).map(([side, packed]) => [side, decode(packed)])),
    };
    this.measure();
    return this.draw();
  }

  // Least and largest place of all markers and points, for axes that stand still.
  measure() {
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    for (const values of [this.at.place, this.at.markers]) {
      for (let i = 0; i < values.length; i++) {
        if (values[i] < low[i % 3]) low[i % 3] = values[i];
        if (values[i] > high[i % 3]) high[i % 3] = values[i];
      }
    }
    for (let i = 0; i < 3; i++) if (!(low[i] < high[i])) { low[i] = -1; high[i] = 1; }
    this.low = low;
    this.high = high;
  }

  frameAt(time) {
    let first = 0, last = this.time.length - 1;
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if (this.time[middle] <= time + 1e-6) first = middle; else last = middle - 1;
    }
    return first;
  }

  // What all places are moved by, so that the subject stays in the middle.
  offset(frame) {
    if (!this.follow) return [0, 0];
    const x = this.at.root[3 * frame], z = this.at.root[3 * frame + 2];
    if (Number.isFinite(x) && Number.isFinite(z)) this.last = [x, z];
    return this.last || [(this.low[0] + this.high[0]) / 2, (this.low[2] + this.high[2]) / 2];
  }

  traces(frame) {
    const [ox, oz] = this.offset(frame);
    const collect = () => ({ x: [], y: [], z: [], colour: [] });
    const add = (to, x, y, z, colour) => {
      const missing = !Number.isFinite(x + y + z);
      to.x.push(missing ? null : x - ox);
      to.y.push(missing ? null : oz - z);
      to.z.push(missing ? null : y);
      to.colour.push(colour);
    };
    const stop = (to) => { to.x.push(null); to.y.push(null); to.z.push(null); to.colour.push("#000"); };
    const colours = ink();
    const markers = collect(), sticks = collect(), over = collect(), words = { ...collect(), text: [] };
    const nMarkers = this.trial.markers.labels.length;
    for (let m = 0; m < nMarkers; m++) {
      const i = 3 * (frame * nMarkers + m);
      add(markers, this.at.markers[i], this.at.markers[i + 1], this.at.markers[i + 2]);
    }
    const points = this.trial.points, start = 3 * frame * points.length;
    const point = (p) => [0, 1, 2].map((axis) => this.at.place[start + 3 * p + axis]);
    for (const stick of this.trial.sticks) {
      for (const p of stick.points) add(sticks, ...point(p), colours[stick.side]);
      stop(sticks);
    }
    for (const corners of this.trial.plates) {
      for (const corner of [...corners, corners[0]]) add(sticks, ...corner, colours.faint);
      stop(sticks);
    }
    this.at.forces.forEach((line) => {
      const i = 6 * frame;
      add(over, line[i], line[i + 1], line[i + 2], colours.text);
      add(over, line[i + 3], line[i + 4], line[i + 5], colours.text);
      stop(over);
    });
    this.addLegs(over, words, point, frame, add, stop, colours);
    if (this.show.axes) this.addAxes(over, frame, add, stop);
    return { markers, sticks, over, words };
  }

  // The straight line from hip to ankle, in dashes, with the angle of the projection at the knee.
  addLegs(over, words, point, frame, add, stop, colours) {
    const find = (side, name) => this.trial.points.findIndex((p) => p.side === side && p.name === name);
    for (const side of ["left", "right"]) {
      const [hip, knee, ankle] = ["hip", "knee", "ankle"].map((name) => find(side, name));
      if (hip < 0 || knee < 0 || ankle < 0) continue;
      const a = point(hip), b = point(ankle), n = 9;
      for (let k = 0; k < n; k++) {
        add(over, ...a.map((v, i) => v + ((b[i] - v) * (2 * k)) / (2 * n - 1)), colours[side]);
        add(over, ...a.map((v, i) => v + ((b[i] - v) * (2 * k + 1)) / (2 * n - 1)), colours[side]);
        stop(over);
      }
      const angle = this.value(side, "fppa", frame);
      add(words, ...point(knee), colours[side]);
      words.text.push(Number.isFinite(angle) ? `${minus(angle, 0)}°` : "");
    }
  }

  addAxes(over, frame, add, stop) {
    const n = this.trial.axes.names.length, tints = ["#d04040", "#2e9e4f", "#3d6fe0"];
    for (let s = 0; s < n; s++) {
      const o = [0, 1, 2].map((axis) => this.at.origin[3 * (frame * n + s) + axis]);
      for (let column = 0; column < 3; column++) {
        const tip = o.map((v, row) => v + Data.axis_length * this.at.turn[9 * (frame * n + s) + 3 * row + column]);
        add(over, ...o, tints[column]);
        add(over, ...tip, tints[column]);
        stop(over);
      }
    }
  }

  value(side, name, frame) {
    const names = this.trial.live.names, k = names.findIndex((one) => one.name === name);
    return k < 0 || !this.at.live[side] ? NaN : this.at.live[side][frame * names.length + k];
  }

  layout() {
    const colours = ink(), height = Math.max(this.high[1] + 0.1, 0.5);
    const half = Math.max(0.55 * height, 0.4);
    const ranges = this.follow
      ? { x: [-half, half], y: [-half, half] }
      : { x: [this.low[0] - 0.2, this.high[0] + 0.2], y: [-this.high[2] - 0.2, -this.low[2] + 0.2] };
    ranges.z = [Math.min(0, this.low[1]), height];
    const size = Object.fromEntries(Object.entries(ranges).map(([axis, [a, b]]) => [axis, b - a]));
    const largest = this.follow ? size.z : Math.max(...Object.values(size));
    const axis = (range) => ({
      range, autorange: false, showticklabels: false, title: { text: "" }, showspikes: false,
      gridcolor: colours.grid, zeroline: false, showbackground: false, dtick: 0.5,
    });
    return {
      margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "rgba(0,0,0,0)", showlegend: false, uirevision: "kept",
      hoverlabel: { font: { size: 11 } },
      scene: {
        xaxis: axis(ranges.x), yaxis: axis(ranges.y), zaxis: axis(ranges.z), dragmode: "orbit",
        aspectmode: "manual", camera: this.eye(),
        aspectratio: { x: (1.75 * size.x) / largest, y: (1.75 * size.y) / largest, z: (1.75 * size.z) / largest },
      },
    };
  }

  // Where the camera stands: level and without perspective, so that a projection is seen as one; free is in perspective.
  eye() {
    const [x, , z] = this.trial.ahead, ahead = [x, -z], right = [-z, -x];
    const ways = { front: ahead, right, left: [-right[0], -right[1]] };
    const up = { x: 0, y: 0, z: 1 }, center = { x: 0, y: 0, z: 0 };
    if (!ways[this.camera]) {
      const way = [ahead[0] * 1.3 + right[0] * 0.8, ahead[1] * 1.3 + right[1] * 0.8];
      return { eye: { x: way[0], y: way[1], z: 0.55 }, up, center, projection: { type: "perspective" } };
    }
    const [a, b] = ways[this.camera];
    return { eye: { x: 1.6 * a, y: 1.6 * b, z: 0 }, up, center, projection: { type: "orthographic" } };
  }

  draw() {
    const now = this.traces(this.frame), colours = ink();
    const line = (part, width) => ({
      type: "scatter3d", mode: "lines", x: part.x, y: part.y, z: part.z, hoverinfo: "skip", connectgaps: false,
      line: { color: part.colour, width },
    });
    const traces = [
      {
        type: "scatter3d", mode: "markers", x: now.markers.x, y: now.markers.y, z: now.markers.z,
        text: this.trial.markers.labels.map(plain), hovertemplate: "%{text}<extra></extra>",
        marker: { size: 2.5, color: colours.faint }, visible: this.show.markers,
      },
      line(now.sticks, 6),
      line(now.over, 4),
      {
        type: "scatter3d", mode: "text", x: now.words.x, y: now.words.y, z: now.words.z, text: now.words.text,
        textfont: { size: 20, color: now.words.colour }, textposition: "middle left", hoverinfo: "skip",
      },
    ];
    this.readout();
    return Plotly.react(this.place, traces, this.layout(), { displayModeBar: false, displaylogo: false, responsive: true, scrollZoom: false });
  }

  // Move to a frame. While one is drawn, only the last one asked for waits.
  async go(frame) {
    this.wanted = Math.max(0, Math.min(frame, this.time.length - 1));
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.wanted !== null) {
        this.frame = this.wanted;
        this.wanted = null;
        const now = this.traces(this.frame), parts = [now.markers, now.sticks, now.over, now.words];
        await Plotly.restyle(this.place, {
          x: parts.map((part) => part.x), y: parts.map((part) => part.y), z: parts.map((part) => part.z),
          text: [this.trial.markers.labels.map(plain), "", "", now.words.text],
        }, [0, 1, 2, 3]);
        this.readout();
      }
    } finally {
      this.busy = false;
    }
  }

  look(camera) {
    this.camera = camera;
    return Plotly.relayout(this.place, { "scene.camera": this.eye() });
  }

  // The angles of this frame, left and right of each.
  readout() {
    this.live.replaceChildren();
    const names = this.trial.live.names;
    if (!names.length) return;
    const table = element("table"), head = element("tr");
    for (const text of ["angle now", "left", "right"]) head.append(element("th", text, { class: text }));
    table.append(head);
    for (const { name, words } of names) {
      const row = element("tr");
      row.append(element("th", words, { scope: "row" }));
      for (const side of ["left", "right"]) {
        const value = this.value(side, name, this.frame);
        row.append(element("td", Number.isFinite(value) ? `${minus(value, 1)}°` : "–", { class: side }));
      }
      table.append(row);
    }
    this.live.append(table);
  }
}
