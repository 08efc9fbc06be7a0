import { Decoded } from "../../components/decoded.js";
import { html } from "../../lib/html.js";

/** What contracts told, decoded. */
export function Events({ events }) {
  if (!events.length) return html`<p class="muted">Nothing.</p>`;
  return html`<ul class="events">
    ${events.map(
      (event, place) => html`<li key=${place}>
        <h3>${event.contract} <span class="muted">told</span> ${event.name}</h3>
        <${Decoded} value=${event.fields} />
      </li>`,
    )}
  </ul>`;
}
