import { html } from "../lib/html.js";

/** A titled surface: `tools` at the right of the title, `note` beside it. */
export function Panel({ title, note, tools, isFlush = false, level = 2, children }) {
  const Heading = `h${level}`;
  return html`<section class="panel" aria-label=${title}>
    <div class="panel-head">
      <${Heading}>${title}</${Heading}>
      ${note && html`<span class="note">${note}</span>`}
      ${tools && html`<div class="panel-tools">${tools}</div>`}
    </div>
    <div class=${isFlush ? "panel-body flush" : "panel-body"}>${children}</div>
  </section>`;
}
