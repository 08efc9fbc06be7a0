import { short } from "../lib/format.js";
import { html } from "../lib/html.js";
import { nameOf } from "../lib/names.js";
import { targetOf } from "../lib/targets.js";

/** A hash or number of something, as a link to it. */
export function Id({ kind, id, text }) {
  return html`<a class="mono" href=${targetOf({ kind, id })} title=${String(id)}>${text ?? short(id)}</a>`;
}

/** A member by name, with the address as its title. */
export function Member({ address }) {
  if (!address) return null;
  return html`<a href=${targetOf({ kind: "member", id: address })} title=${address}>${nameOf(address)}</a>`;
}

/** T, D, V or A, with its name. */
export function Stage({ stage }) {
  if (!stage) return null;
  return html`<span class=${`stage ${stage}`} title=${STAGES[stage]}>${stage}</span>`;
}

export const STAGES = { T: "Trigger", D: "Dispatch", V: "Verification", A: "Accounting" };
