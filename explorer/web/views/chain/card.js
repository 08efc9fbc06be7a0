import { Decoded } from "../../components/decoded.js";
import { Id, Member } from "../../components/identifier.js";
import { Proof } from "../../components/proof.js";
import { moment, number, short, words } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { Result } from "../blocks/columns.js";

/** One transaction of a lane; opened, it shows its arguments with their units. */
export function Card({ card, isFirst, related, pointed, point }) {
  const [isOpen, setOpen] = useState(false);
  const look = [
    card.ok ? "" : "failed",
    related.has(card.tx_id) ? "related" : "",
    pointed === card.tx_id ? "pointed" : "",
  ].join(" ");
  const enter = (event) => event.key === "Enter" && event.target === event.currentTarget && setOpen(!isOpen);
  return html`<li
    class=${`card ${look}`}
    data-card=${card.tx_id}
    tabindex=${isFirst ? 0 : -1}
    onMouseEnter=${() => point(card.tx_id)}
    onFocusIn=${() => point(card.tx_id)}
    onKeyDown=${enter}
  >
    <div class="card-head">
      <strong>${words(card.action)}</strong>
      <button
        type="button"
        class="quiet"
        aria-expanded=${String(isOpen)}
        onClick=${() => setOpen(!isOpen)}
      >${isOpen ? "Close" : "Open"}</button>
    </div>
    ${!card.ok && html`<p><${Result} item=${card} /></p>`}
    <p class="small"><${Member} address=${card.sender} /> <span class="muted">in</span> <${Id}
      kind="block"
      id=${card.height}
      text=${number(card.height)}
    /></p>
    <p class="small muted">
      <span class="number">${moment(card.time_ms)}</span>
      ${card.links[0] && html` <span title="links to"> ↳ ${short(card.links[0], 6)}</span>`}
    </p>
    ${isOpen && html`<${Opened} card=${card} />`}
  </li>`;
}

function Opened({ card }) {
  return html`<div class="opened">
    <p class="small"><span class="muted">Transaction</span> <${Id} kind="transaction" id=${card.tx_id} /></p>
    ${card.links.length > 0 && html`<p class="small"><span class="muted">Links to</span> ${card.links.map((other) => html`<${Id}
      kind="transaction"
      id=${other}
      text=${short(other)}
      key=${other}
    /> `)}</p>`}
    <${Decoded} value=${card.arguments} />
    ${card.elided.length > 0 && html`<p class="small muted">Too long to show here: ${card.elided.join(", ")}.</p>`}
    <${Proof} id=${card.tx_id} text="Proof" />
  </div>`;
}
