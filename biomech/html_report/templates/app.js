"use strict";
// Shared by all scripts of a page: its data, typed arrays, theme, a small bus for the one cursor.
const Data = document.getElementById("data") ? JSON.parse(document.getElementById("data").textContent) : {};
const $ = (id) => document.getElementById(id);

// A packed array (base64, little endian) as numbers; missing ones are NaN.
function decode(packed) {
  if (packed.values) return packed.values;
  const text = atob(packed.bdata);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  if (packed.dtype === "f4") {
    packed.values = new Float32Array(bytes.buffer);
  } else {
    const whole = new Int16Array(bytes.buffer);
    packed.values = Float32Array.from(whole, (v) => (v === -32768 ? NaN : v * packed.step));
  }
  packed.bdata = "";
  return packed.values;
}

// A row of a packed table as a plain array.
function rowOf(packed, row) {
  const n = packed.shape[packed.shape.length - 1];
  return Array.from(decode(packed).subarray(row * n, (row + 1) * n));
}

function element(name, text, attributes) {
  const made = document.createElement(name);
  if (text) made.textContent = text; // never as markup: labels come from files
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  return made;
}

// Plotly reads a little markup in its texts; labels from files are shown as they are.
const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

const minus = (number, places) => number.toFixed(places).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");

// The cursor: which trial, and when. Whoever moves it says so; scene and curves listen.
const Cursor = {
  trial: "", time: 0, listeners: [],
  move(trial, time, from) {
    this.trial = trial;
    this.time = time;
    for (const listen of this.listeners) listen(from);
  },
};

const dark = () => document.documentElement.dataset.theme
  ? document.documentElement.dataset.theme === "dark"
  : matchMedia("(prefers-color-scheme: dark)").matches;

// Colours of the page's style; the left and right of the config are lightened on a dark ground.
function ink() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    text: read("--text"), faint: read("--faint"), grid: read("--grid"), norm: read("--norm"), back: read("--back"),
    left: read("--left"), right: read("--right"), both: read("--both"),
  };
}

// A colour like #rrggbb with an opacity.
function faded(colour, opacity) {
  const n = parseInt(colour.slice(1), 16);
  return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${opacity})`;
}

function save(name, type, text) {
  const link = element("a", "", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const fileName = (...parts) => parts.join("_").replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "");

const themed = [];
function setSideColours() {
  const sides = (Data.colours || {}).sides || {};
  for (const [side, colour] of Object.entries(sides)) {
    const n = parseInt(colour.slice(1), 16);
    const parts = [n >> 16, (n >> 8) & 255, n & 255];
    const shown = dark() ? parts.map((part) => Math.round(part + (255 - part) * 0.45)) : parts;
    const text = "#" + shown.map((part) => part.toString(16).padStart(2, "0")).join("");
    document.documentElement.style.setProperty(`--${side}`, text);
  }
}
setSideColours();
if ($("theme")) $("theme").addEventListener("click", () => {
  document.documentElement.dataset.theme = dark() ? "light" : "dark";
  setSideColours();
  for (const draw of themed) draw();
});
if ($("print")) $("print").addEventListener("click", () => window.print());

// A link into a folded part opens it.
function unfold() {
  const target = location.hash.length > 1 && $(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details");
  if (folded && !folded.open) {
    folded.open = true;
    target.scrollIntoView();
  }
}
addEventListener("hashchange", unfold);
unfold();
