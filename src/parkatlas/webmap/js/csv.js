// Rows as CSV (RFC 4180, BOM for spreadsheets). A cell that a spreadsheet would run as a formula gets an apostrophe.
(function (P) {
  "use strict";
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const safe = /^[\s\u0000]*[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  }

  const line = (cells) => cells.map(cell).join(",");
  const csv = (header, rows) => [header, ...rows].map(line).join("\r\n") + "\r\n";
  const tsv = (header, rows) => [header, ...rows].map((cells) => cells.map((v) => cell(v).replace(/[\t\r\n]+/g, " ")).join("\t")).join("\n");

  function save(name, parts, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(parts instanceof Blob ? parts : new Blob(["\ufeff", parts], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  P.csv = { cell, csv, tsv, save };
})((window.parkatlas = window.parkatlas || {}));
