// A filter box above every long table, or one box for all tables that follow an element with the class
// "filter-all-tables". A row stays if it holds every word of the box; the full name of a metric is split at "__" where
// no row has it as a whole.
// A table without rows goes, with the heading above it.
(function () {
  "use strict";
  const LONG = 20;

  function words(text, rows) {
    const asked = text.toLowerCase().split(/\s+/).filter(Boolean);
    return asked.flatMap((word) => (rows.some((row) => row.includes(word)) ? [word] : word.split("__").filter(Boolean)));
  }

  function box(tables, before) {
    const rows = tables.flatMap((table) => Array.from(table.tBodies).flatMap((body) => Array.from(body.rows)));
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("output");
    label.className = "table-filter";
    input.type = "search";
    input.placeholder = "Filter rows, for example: knee peak stance";
    input.setAttribute("aria-label", "Filter the rows of the table");
    label.append(input, count);
    before.parentNode.insertBefore(label, before);

    function show() {
      const asked = words(input.value, texts);
      let shown = 0;
      rows.forEach((row, i) => {
        const fits = asked.every((word) => texts[i].includes(word));
        row.hidden = !fits;
        shown += fits;
      });
      tables.forEach((table) => {
        const empty = Array.from(table.tBodies).every((body) => Array.from(body.rows).every((row) => row.hidden));
        const whole = table.closest(".md-typeset__scrollwrap") || table;
        const above = whole.previousElementSibling;
        whole.hidden = empty;
        if (above && /^H[2-6]$/.test(above.tagName)) above.hidden = empty;
      });
      count.textContent = asked.length ? shown + " of " + rows.length + " rows" : rows.length + " rows";
    }

    input.addEventListener("input", show);
    const asked = new URLSearchParams(location.search).get("filter");
    if (asked) input.value = asked;
    show();
  }

  function start() {
    const page = document.querySelector("article");
    if (!page) return;
    const tables = Array.from(page.querySelectorAll("table")).filter((table) => table.tBodies.length);
    const place = page.querySelector(".filter-all-tables");
    const after = place ? tables.filter((table) => place.compareDocumentPosition(table) & 4) : [];
    if (after.length) box(after, place);
    tables
      .filter((table) => !after.includes(table) && table.tBodies[0].rows.length >= LONG)
      .forEach((table) => box([table], table.closest(".md-typeset__scrollwrap") || table));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
