import { Loaded } from "../../components/states.js";
import { Stats } from "../../components/stats.js";
import { ViewHead } from "../../components/view_head.js";
import { number, quantity, words } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { allMembers } from "../../lib/names.js";
import { useResource } from "../../lib/resource.js";
import { link, patch, route } from "../../lib/route.js";
import { Book } from "./book.js";
import { Curves } from "./curves.js";
import { meanOf } from "./price.js";
import { Trades } from "./trades.js";

/** One clearing: supply and demand, where they meet, and who ordered what. */
export function Round({ contract, round }) {
  const { party = "", carrier = "" } = route.value.query;
  const path = `markets/${encodeURIComponent(contract)}/rounds/${encodeURIComponent(round)}`;
  const found = useResource(path, { party, carrier });
  return html`<div class="view">
    <${ViewHead} title=${`${words(contract)}, ${found.data?.label ?? `round ${round}`}`}>
      <div class="toolbar">
        <${CarrierPicker} carriers=${found.data?.carriers ?? []} carrier=${found.data?.carrier} />
        <${PartyPicker} party=${party} />
        <a class="button" href=${link(["markets", contract])}>All rounds</a>
      </div>
    </${ViewHead}>
    <${Loaded} resource=${found}>
      ${(data) => html`
        <${Stats} items=${figures(data)} />
        <${Curves} data=${data} name=${`${contract}-${round}`} />
        <${Book} orders=${data.orders} party=${party} name=${`${contract}-${round}-book`} />
        <${Trades} trades=${data.trades} />`}
    </${Loaded}>
  </div>`;
}

function figures(data) {
  const { clearing, orders, trades } = data;
  const mean = meanOf(data, data.carrier);
  const band =
    clearing?.lowest !== null &&
    clearing?.lowest !== undefined &&
    `any from ${quantity(clearing.lowest, "ukwh")} to ${quantity(clearing.highest, "ukwh")} clears`;
  const price = clearing
    ? { label: "Price", value: quantity(clearing.price_ukwh, "ukwh"), note: band }
    : mean
      ? { label: "Mean price", value: quantity(mean.price_ukwh, "ukwh") }
      : { label: "Price", value: "not cleared" };
  return [
    price,
    { label: "Traded", value: quantity(clearing?.quantity_wh ?? mean?.traded_wh, "wh") },
    { label: "Orders", value: number(orders.length) },
    { label: "Trades", value: number(trades.length) },
  ];
}

/** Whose book is shown, of a market of several carriers. */
function CarrierPicker({ carriers, carrier }) {
  if (carriers.length < 2) return null;
  return html`<label>Carrier
    <select value=${carrier} onChange=${(event) => patch({ carrier: event.target.value })}>
      ${carriers.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
    </select>
  </label>`;
}

/** Whose orders are marked. */
function PartyPicker({ party }) {
  const members = allMembers();
  return html`<label>My orders
    <select value=${party} onChange=${(event) => patch({ party: event.target.value })}>
      <option value="">whose?</option>
      ${party && !members.some((member) => member.address === party) && html`<option value=${party}>${party}</option>`}
      ${members.map(({ address, name }) => html`<option key=${address} value=${address}>${name}</option>`)}
    </select>
  </label>`;
}
