import { Member } from "../../components/identifier.js";
import { Panel } from "../../components/panel.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { csv, saveText } from "../../lib/download.js";
import { number, plural, price, quantity } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";

const FEW = 100;

const COLUMNS = [
  {
    label: "Party",
    value: (order) => nameOf(order.party),
    show: (order) =>
      html`<${Member} address=${order.party} />${order.is_mine && html` <span class="tag accent">mine</span>`}`,
  },
  {
    label: "Side",
    value: (order) => order.side,
    show: (order) => html`<span class=${`side-${order.side}`}>${order.side}</span>`,
  },
  {
    label: "Price (¤/kWh)",
    value: (order) => order.price_ukwh,
    show: (order) => price(order.price_ukwh),
    isRight: true,
  },
  {
    label: "Quantity",
    value: (order) => order.quantity_wh,
    show: (order) => quantity(order.quantity_wh, "wh"),
    isRight: true,
  },
  { label: "Matched", value: (order) => order.matched_wh, show: matched, isRight: true },
];

/** All orders of a round; mine first, if a party is chosen. */
export function Book({ orders, party, name }) {
  const [isMine, onlyMine] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const mine = orders.filter((order) => order.is_mine);
  const sorted = isMine ? mine : [...mine, ...orders.filter((order) => !order.is_mine)];
  const shown = isWhole ? sorted : sorted.slice(0, FEW);
  const tools = html`
    <button
      type="button"
      disabled=${!party}
      aria-pressed=${String(isMine)}
      onClick=${() => onlyMine(!isMine)}
    >Only mine</button>
    <button
      type="button"
      disabled=${!orders.length}
      onClick=${() => saveText(csv(COLUMNS, sorted), `${name}.csv`)}
    >CSV</button>`;
  return html`<${Panel}
    title="Book"
    note=${party ? `${number(mine.length)} of ${plural(orders.length, "order")} are ${nameOf(party)}’s` : plural(orders.length, "order")}
    tools=${tools}
    isFlush
  >
    ${shown.length === 0 ? html`<${Empty} title=${isMine ? "None of these orders is yours" : "No orders"} />` : html`<${Table}
      caption="Orders"
      columns=${COLUMNS}
      rows=${shown}
    />`}
    <div
      class="more"
      hidden=${shown.length === sorted.length}
    ><button type="button" onClick=${() => setWhole(true)}>Show all ${number(sorted.length)}</button></div>
  </${Panel}>`;
}

function matched(order) {
  const look = Number(order.matched_wh) > 0 ? "" : "muted";
  return html`<span class=${look}>${quantity(order.matched_wh, "wh")}</span>`;
}
