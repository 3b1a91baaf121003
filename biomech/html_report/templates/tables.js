"use strict";
// Search in the table of outcomes, and copy of what is shown, as text with tabs for a spreadsheet.
(() => {
  const table = document.getElementById("outcomes");
  if (!table) return;
  const rows = [...table.tBodies[0].rows], texts = rows.map((row) => row.textContent.toLowerCase());
  const search = document.getElementById("search"), found = document.getElementById("found");
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    rows.forEach((row, k) => {
      row.hidden = !words.every((word) => texts[k].includes(word));
      n += row.hidden ? 0 : 1;
    });
    found.textContent = `${n} of ${rows.length}`;
  }
  search.addEventListener("input", filter);
  document.getElementById("copy").addEventListener("click", async () => {
    const shown = [table.tHead.rows[0], ...rows.filter((row) => !row.hidden)];
    const text = shown.map((row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t")).join("\n");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"); // a file opened from a disk may not have a clipboard of its own
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    found.textContent = `${shown.length - 1} rows copied`;
  });
  filter();
})();
