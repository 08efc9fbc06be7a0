import { html } from "../../lib/html.js";
import { allMembers } from "../../lib/names.js";

/** One microgrid, or all of them together. */
export function SitePicker({ site, choose }) {
  const sites = allMembers().filter((member) => member.roles.includes("microgrid"));
  return html`<label>Site
    <select value=${site} onChange=${(event) => choose(event.target.value)}>
      <option value="">all</option>
      ${sites.map(({ address, name }) => html`<option key=${address} value=${address}>${name}</option>`)}
    </select>
  </label>`;
}
