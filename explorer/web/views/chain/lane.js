import { STAGES } from "../../components/identifier.js";
import { number } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { Card } from "./card.js";

const FEW = 12;

/** The transactions of one stage, first to last; long lanes are cut until asked for. */
export function Lane({ stage, cards, total, ...pointing }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? cards : cards.slice(0, FEW);
  const rest = cards.length - shown.length;
  const isCut = total > cards.length;
  return html`<section class=${`lane ${stage}`} aria-label=${STAGES[stage]}>
    <h2>
      <span class=${`stage ${stage}`} aria-hidden="true">${stage}</span> ${STAGES[stage]}${" "}
      <span class="muted number">${number(total ?? cards.length)}</span>
    </h2>
    <ol>
      ${shown.map((card, place) => html`<${Card}
        key=${card.tx_id}
        card=${card}
        isFirst=${place === 0}
        ...${pointing}
      />`)}
    </ol>
    ${cards.length === 0 && html`<p class="muted small">None yet.</p>`}
    ${rest > 0 && html`<button type="button" onClick=${() => setWhole(true)}>Show ${number(rest)} more</button>`}
    ${isCut && html`<p class="muted small">The first ${number(cards.length)} of ${number(total)}; all are on the chain.</p>`}
  </section>`;
}
