"use strict";
document.querySelectorAll("table.sortable").forEach(function (table) {
  var heads = Array.from(table.tHead.rows[0].cells);
  var body = table.tBodies[0];
  var order = new Intl.Collator("en", { numeric: true });

  function key(row, column) {
    var cell = row.cells[column];
    var value = cell.dataset.v;
    return value === undefined ? cell.textContent : value === "" ? null : Number(value);
  }

  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
    return sign * (typeof a === "number" ? a - b : order.compare(a, b));
  }

  function sort(head, column) {
    var down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    Array.from(body.rows)
      .map(function (row) { return { row: row, key: key(row, column) }; })
      .sort(function (a, b) { return compare(a.key, b.key, down ? -1 : 1); })
      .forEach(function (entry) { body.appendChild(entry.row); });
  }

  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.append.apply(button, Array.from(head.childNodes));
    head.append(button);
    button.addEventListener("click", function () { sort(head, column); });
  });
});
