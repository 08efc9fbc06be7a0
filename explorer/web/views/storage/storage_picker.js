import { html, useEffect, useState } from "../../lib/html.js";
import { get } from "../../lib/api.js";
import { nameOf } from "../../lib/names.js";

const LIMIT = 200;
const MOST = 2_000;

/** Which storage, by its meter, where there are several. */
export function StoragePicker({ meter, choose }) {
  const [storages, setStorages] = useState([]);
  useEffect(() => {
    allStorages().then(setStorages, () => {});
  }, []);
  if (storages.length < 2) return null;
  return html`<div class="toolbar"><label>Storage
    <select value=${meter} onChange=${(event) => choose(event.target.value)}>
      ${storages.map((address) => html`<option key=${address} value=${address}>${nameOf(address)}</option>`)}
    </select>
  </label></div>`;
}

async function allStorages() {
  const found = [];
  for (let cursor; cursor !== null && found.length < MOST; ) {
    const page = await get("meters", { storage: true, limit: LIMIT, cursor });
    found.push(...page.items.map(({ address }) => address));
    cursor = page.next;
  }
  return found;
}
