"use strict";
(function () {
  document.documentElement.classList.add("script");
  const section = document.getElementById("results");
  if (!section) return;
  const body = section.querySelector("tbody");
  const rows = Array.from(body.rows);
  const said = section.querySelector("[role=status]");
  const words = section.querySelector("input[type=search]");
  const choices = Array.from(section.querySelectorAll("select"));

  function cellOf(row, column) { return row.cells[column]; }
  function textOf(row, column) { return cellOf(row, column).textContent.trim(); }

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = wanted.every((word) => text.includes(word)) &&
        choices.every((choice) => !choice.value || textOf(row, Number(choice.dataset.column)) === choice.value);
      row.hidden = !fits;
      if (fits) shown += 1;
    }
    said.textContent = shown + " of " + rows.length + " rows";
  }

  function sort(header) {
    const column = header.cellIndex;
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    const keyed = rows.map((row, place) => {
      const number = parseFloat(cellOf(row, column).dataset.number);
      return { row: row, place: place, number: number, text: textOf(row, column) };
    });
    keyed.sort((a, b) => {
      const first = Number.isNaN(a.number), second = Number.isNaN(b.number);
      if (!first && !second && a.number !== b.number) return sign * (a.number - b.number);
      if (first !== second) return first ? 1 : -1; // what has no number comes last
      if (first && a.text !== b.text) return sign * a.text.localeCompare(b.text, undefined, { numeric: true });
      return a.place - b.place;
    });
    body.append(...keyed.map((entry) => entry.row));
  }

  section.querySelectorAll("thead th").forEach((header) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent.trim();
    header.replaceChildren(button);
    button.addEventListener("click", () => sort(header));
  });
  words.addEventListener("input", filter);
  choices.forEach((choice) => choice.addEventListener("change", filter));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && location.hash.startsWith("#case-")) location.hash = "#none";
  });
  filter();
})();
