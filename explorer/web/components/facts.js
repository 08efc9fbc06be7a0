import { html } from "../lib/html.js";

/** Names and values: [[name, value]]. */
export function Facts({ items }) {
  const line = ([name, value]) => html`<dt key=${name}>${name}</dt><dd key=${`${name}=`}>${value}</dd>`;
  return html`<dl class="facts">${items.map(line)}</dl>`;
}
