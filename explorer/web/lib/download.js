// Saving what is shown: CSV of a table, bytes of the API, a picture of a chart.

import { bytes } from "./api.js";

const DANGEROUS = /^[=+\-@\t\r]/;
const QUOTED = /[",\n\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** Rows as CSV. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csv(columns, rows) {
  const lines = [
    columns.map((column) => cell(column.label)),
    ...rows.map((row) => columns.map((c) => cell(c.value(row)))),
  ];
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}

function cell(value) {
  let text = value === null || value === undefined ? "" : String(value);
  if (DANGEROUS.test(text) && !NUMBER.test(text)) text = `'${text}`;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hand a file to the reader. */
export function save(blob, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

export function saveText(text, name, type = "text/csv") {
  save(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

/** Fetch a route's bytes and hand them over. Throws Problem. */
export async function saveRoute(path, query, name) {
  save(await bytes(path, query), name);
}
