import { html } from "../lib/html.js";

/** A view's title, a sentence about it, and what steers it. */
export function ViewHead({ title, text, children }) {
  return html`<div class="view-head"><div><h1>${title}</h1>${text && html`<p>${text}</p>`}</div>${children}</div>`;
}
