import { html } from "../../lib/html.js";
import { allMembers, nameOf } from "../../lib/names.js";

/** Which storage, where there are several. */
export function StoragePicker({ meter, choose }) {
  const storages = allMembers().filter((member) => member.roles.includes("storage"));
  if (storages.length < 2 && !meter) return null;
  return html`<label class="toolbar">Storage
    <select value=${meter} onChange=${(event) => choose(event.target.value)}>
      <option value="">the shared one</option>
      ${storages.map(({ address }) => html`<option key=${address} value=${address}>${nameOf(address)}</option>`)}
    </select>
  </label>`;
}
