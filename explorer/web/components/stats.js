import { html } from "../lib/html.js";

/** Figures in a row: [{label, value, note}]. */
export function Stats({ items }) {
  return html`<dl class="stats">
    ${items.map(
      ({ label, value, note }) => html`<div class="stat" key=${label}>
        <dt>${label}</dt>
        <dd>${value}${note && html`<small>${note}</small>`}</dd>
      </div>`,
    )}
  </dl>`;
}
