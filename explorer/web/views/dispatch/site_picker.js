import { html } from "../../lib/html.js";
import { patch } from "../../lib/route.js";

/** One site of the plan, or all of them together. */
export function SitePicker({ sites, site }) {
  if (sites.length < 2) return null;
  return html`<label class="small muted">Site${" "}
    <select value=${site} onChange=${(event) => patch({ site: event.target.value })}>
      <option value="">all</option>
      ${sites.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
    </select>
  </label>`;
}
