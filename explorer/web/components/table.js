import { html, useRef } from "../lib/html.js";
import { moveAmongRows } from "../lib/keys.js";
import { MISSING } from "../lib/format.js";

/**
 * Rows under columns {label, value(row), show(row)?, isRight?, isWide?}; `isWide` ones are left out on a phone. With
 * `open(row)`, rows are chosen by click or Enter, and arrow keys move among them.
 */
export function Table({ caption, columns, rows, keyOf, open, isChosen, isTall = false }) {
  const body = useRef(null);
  return html`<div class=${isTall ? "table-wrap tall" : "table-wrap"} role="region" aria-label=${caption} tabindex="0">
    <table>
      <caption class="sr-only">${caption}</caption>
      <thead>
        <tr>${columns.map((column) => html`<th
          scope="col"
          class=${look(column)}
          key=${column.label}
        >${column.label}</th>`)}</tr>
      </thead>
      <tbody ref=${body} onKeyDown=${moveAmongRows}>
        ${rows.map((row, place) => html`<${Row}
          key=${keyOf?.(row) ?? place}
          ...${{ row, place, columns, open }}
          isChosen=${isChosen?.(row)}
        />`)}
      </tbody>
    </table>
  </div>`;
}

function Row({ row, place, columns, open, isChosen }) {
  const chosen = isChosen ? "true" : undefined;
  const cells = columns.map(
    (column) => html`<td class=${look(column)} key=${column.label}>${content(column, row)}</td>`,
  );
  if (!open) return html`<tr>${cells}</tr>`;
  const enter = (event) => event.key === "Enter" && event.target === event.currentTarget && open(row);
  return html`<tr
    data-row
    tabindex=${place === 0 ? 0 : -1}
    aria-current=${chosen}
    onClick=${(event) => !event.target.closest("a,button") && open(row)}
    onKeyDown=${enter}
  >${cells}</tr>`;
}

function content(column, row) {
  const shown = column.show ? column.show(row) : column.value(row);
  return shown === null || shown === undefined || shown === "" ? html`<span class="muted">${MISSING}</span>` : shown;
}

function look({ isRight, isWide }) {
  return [isRight && "right", isWide && "wide"].filter(Boolean).join(" ");
}
