// Tables: a click on a heading sorts, a text filters. Headings are buttons, so keys work too.
"use strict";
(() => {
  const valueOf = (cell, isNumber) => {
    const text = cell.dataset.v ?? cell.textContent.trim();
    return isNumber ? Number.parseFloat(text.replaceAll(",", "")) : text;
  };
  const sort = (table, heads, at) => {
    const head = heads[at];
    const isNumber = head.dataset.kind === "number";
    // Figures largest first, words from a; the second click turns it round.
    const first = isNumber ? "descending" : "ascending";
    const second = isNumber ? "ascending" : "descending";
    const asked = head.getAttribute("aria-sort") === first ? second : first;
    const sign = asked === "ascending" ? 1 : -1;
    const order = (a, b) => {
      const [x, y] = [valueOf(a.cells[at], isNumber), valueOf(b.cells[at], isNumber)];
      if (!isNumber) return sign * x.localeCompare(y);
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return sign * (x - y);
    };
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", asked);
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(order));
  };
  const filter = (table, box, told) => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...table.tBodies[0].rows];
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    told.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      head.querySelector("button").addEventListener("click", () => sort(table, heads, at));
    });
    const tools = table.previousElementSibling;
    if (!tools?.classList.contains("tools")) continue;
    const [box, told] = [tools.querySelector("input"), tools.querySelector("output")];
    box.addEventListener("input", () => filter(table, box, told));
    filter(table, box, told);
  }
})();
