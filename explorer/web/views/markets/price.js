import { price } from "../../lib/format.js";
import { html } from "../../lib/html.js";

/** A table's column of what rounds cost; `of(row)` is the round. */
export function priceColumn(of) {
  return { label: "Price (¤/kWh)", value: (row) => text(of(row)), show: (row) => shown(of(row)), isRight: true };
}

/** What a carrier cost on average in a round; undefined where nobody can tell. */
export function meanOf({ prices }, carrier) {
  return prices.find((found) => carrier === null || found.carrier === carrier);
}

function lines(round) {
  if (!round) return [];
  if (round.price_ukwh !== null || !round.prices.length) return [["", round.price_ukwh]];
  return round.prices.map(({ carrier, price_ukwh }) => [`${carrier}, mean`, price_ukwh]);
}

function text(round) {
  return lines(round)
    .map(([name, price_ukwh]) => [name, price(price_ukwh)].filter(Boolean).join(" "))
    .join("; ");
}

function shown(round) {
  return lines(round).map(
    ([name, price_ukwh]) => html`<div key=${name}><span class="muted small">${name}</span> ${price(price_ukwh)}</div>`,
  );
}
