import { Panel } from "../components/panel.js";
import { Empty, Loaded } from "../components/states.js";
import { Table } from "../components/table.js";
import { ViewHead } from "../components/view_head.js";
import { number, quantity } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useResource } from "../lib/resource.js";
import { go, link, route } from "../lib/route.js";
import { priceColumn } from "./markets/price.js";
import { Round } from "./markets/round.js";
import { RoundList } from "./markets/round_list.js";

const COLUMNS = [
  {
    label: "Market",
    value: (item) => item.title || item.contract,
    show: (item) => html`<strong>${item.title || item.contract}</strong>`,
  },
  { label: "Contract", value: (item) => item.contract, isWide: true },
  { label: "Rounds", value: (item) => item.rounds, show: (item) => number(item.rounds), isRight: true },
  { label: "Last", value: (item) => item.last?.label ?? item.last?.round, isWide: true },
  priceColumn((item) => item.last),
  {
    label: "Traded",
    value: (item) => item.last?.traded_wh,
    show: (item) => quantity(item.last?.traded_wh, "wh"),
    isRight: true,
  },
];

/** The chain's markets: #/markets, #/markets/CONTRACT, #/markets/CONTRACT/ROUND. */
export function View() {
  const [contract, round] = route.value.rest;
  if (round) return html`<${Round} contract=${contract} round=${round} key=${`${contract}/${round}`} />`;
  if (contract) return html`<${RoundList} contract=${contract} />`;
  return html`<${Markets} />`;
}

function Markets() {
  const markets = useResource("markets");
  const empty = html`<${Empty} title="No markets">
    No contract of this chain has a book of orders. What a <a href=${link("dispatch")}>dispatch</a> costs is shown there.
  </${Empty}>`;
  return html`<div class="view">
    <${ViewHead} title="Markets" text="Where energy, capacity and flexibility are traded on this chain." />
    <${Panel} title="All markets" isFlush>
      <${Loaded} resource=${markets} isEmpty=${(data) => data.items.length === 0} empty=${empty}>
        ${(data) => html`<${Table}
          caption="Markets"
          columns=${COLUMNS}
          rows=${data.items}
          keyOf=${(item) => item.contract}
          open=${(item) => go(["markets", item.contract])}
        />`}
      </${Loaded}>
    </${Panel}>
  </div>`;
}
