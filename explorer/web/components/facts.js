import { html } from "../lib/html.js";

/** Names and values: [[name, value]]. */
export function Facts({ items }) {
  return html`<dl class="facts">${items.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd key=${`${name}=`}>${value}</dd>`)}</dl>`;
}
