// A filter box above every long table, or one box for all tables of a page that has an element with the class
// "filter-all-tables". A row stays if it holds every word of the box; a metric's full name is split at "__".
(function () {
  "use strict";
  const LONG = 12;

  function words(text) {
    return text.toLowerCase().split(/__|\s+/).filter(Boolean);
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
      const asked = words(input.value);
      let shown = 0;
      rows.forEach((row, i) => {
        const fits = asked.every((word) => texts[i].includes(word));
        row.hidden = !fits;
        shown += fits;
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
    if (place) {
      box(tables, place);
      return;
    }
    tables
      .filter((table) => table.tBodies[0].rows.length >= LONG)
      .forEach((table) => box([table], table.closest(".md-typeset__scrollwrap") || table));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
