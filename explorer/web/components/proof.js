import { saveRoute } from "../lib/download.js";
import { short } from "../lib/format.js";
import { html, useState } from "../lib/html.js";

/** Downloads the proof that a transaction is in the chain; `gridquorum chain verify` checks it without a node. */
export function Proof({ id, text = "Proof" }) {
  const [trouble, setTrouble] = useState("");
  const save = () =>
    saveRoute(`proofs/transactions/${id}`, {}, `proof-${id.slice(0, 16)}.bin`).catch((error) =>
      setTrouble(error.title),
    );
  return html`<button
    type="button"
    onClick=${save}
    title=${`Proof of ${short(id)}, to be verified offline with: gridquorum chain verify`}
  >↓ ${text}</button>
    ${trouble && html`<span class="tag bad" role="alert">${trouble}</span>`}`;
}
