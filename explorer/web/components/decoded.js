import { dayDate, number, quantity, short, unitOf, words } from "../lib/format.js";
import { html, useState } from "../lib/html.js";
import { knownName } from "../lib/names.js";
import { timeOf } from "../lib/range.js";
import { Id } from "./identifier.js";

const FEW = 8;
const HASH = /^[0-9a-f]{64}$/;
const DAY = /^(first_|last_)?day$/;
const PERIOD = /^(first_|last_|from_|to_|gate_)?period$/;
const LINKED = /^(tx_id|process|trigger|dispatch|standing|links?)$/;

/**
 * A value of the chain for people: fields by name, integers with the unit that the name ends with, members by name.
 * Long lists are cut, and shown whole on demand.
 */
export function Decoded({ value, name = "", depth = 0 }) {
  if (Array.isArray(value)) return html`<${List} ...${{ value, name, depth }} />`;
  if (value !== null && typeof value === "object") return html`<${Fields} ...${{ value, depth }} />`;
  return html`<${Plain} ...${{ value, name }} />`;
}

function Fields({ value, depth }) {
  const entries = Object.entries(value);
  if (!entries.length) return html`<span class="muted">none</span>`;
  return html`<dl class=${depth ? "decoded nested" : "decoded"}>
    ${entries.map(
      ([name, item]) => html`<div key=${name}>
        <dt title=${name}>${words(bare(name))}</dt>
        <dd><${Decoded} value=${item} name=${name} depth=${depth + 1} /></dd>
      </div>`,
    )}
  </dl>`;
}

function List({ value, name, depth }) {
  const [isWhole, setWhole] = useState(false);
  const isFlat = value.every((item) => item === null || typeof item !== "object");
  const shown = isWhole ? value : value.slice(0, FEW);
  const rest = value.length - shown.length;
  const more =
    rest > 0 &&
    html` <button type="button" class="quiet" onClick=${() => setWhole(true)}>and ${number(rest)} more</button>`;
  if (!value.length) return html`<span class="muted">none</span>`;
  const word = (item, place) => html`<span key=${place}><${Plain} value=${item} name=${name} /></span>`;
  if (isFlat)
    return html`<span class="flat">${shown.map(word)}</span>${more}`;
  const line = (item, place) =>
    html`<li key=${place}><${Decoded} value=${item} name=${name} depth=${depth + 1} /></li>`;
  return html`<ol class="decoded-list">${shown.map(line)}</ol>${more}`;
}

function Plain({ value, name }) {
  if (value === null || value === undefined) return html`<span class="muted">none</span>`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number" || typeof value === "bigint") {
    return html`<span class="number" title=${String(value)}>${told(value, name)}</span>`;
  }
  const text = String(value);
  if (HASH.test(text) && LINKED.test(name)) return html`<${Id} kind="transaction" id=${text} />`;
  if (text.length > 90) return html`<code title=${text.slice(0, 2_000)}>${short(text, 60)}</code>`;
  const known = knownName(text);
  return known ? html`<span title=${text}>${known}</span>` : text || html`<span class="muted">empty</span>`;
}

/** A field's name without the unit, which is shown with the value. */
function bare(name) {
  const unit = unitOf(name);
  return unit && name.length > unit.length ? name.slice(0, -unit.length - 1) : name;
}

/** An integer as its field's name has it: a day, a period, a quantity, or just the digits. */
function told(value, name) {
  if (DAY.test(name)) return dayDate(Number(value));
  if (PERIOD.test(name)) return `${timeOf(Number(value))} UTC`;
  const unit = unitOf(name);
  return unit ? quantity(value, unit) : String(value);
}
