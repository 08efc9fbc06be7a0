import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";
import { useResource } from "../../lib/resource.js";

const LIMIT = 200;

/** Which storage, by its meter, where there are several. */
export function StoragePicker({ meter, choose }) {
  const meters = useResource("meters", { limit: LIMIT }, { isLive: false });
  const storages = (meters.data?.items ?? []).filter((item) => item.is_storage);
  if (storages.length < 2 && !meter) return null;
  return html`<label class="toolbar">
    Storage
    <select value=${meter} onChange=${(event) => choose(event.target.value)}>
      <option value="">the shared one</option>
      ${storages.map(({ address }) => html`<option key=${address} value=${address}>${nameOf(address)}</option>`)}
    </select>
  </label>`;
}
