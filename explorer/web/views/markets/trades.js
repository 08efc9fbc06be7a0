import { Member } from "../../components/identifier.js";
import { Panel } from "../../components/panel.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { plural, price, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";

const ALL = "the market";
const party = (address) => (address ? html`<${Member} address=${address} />` : html`<span class="muted">${ALL}</span>`);

const COLUMNS = [
  {
    label: "Seller",
    value: (trade) => (trade.seller ? nameOf(trade.seller) : ALL),
    show: (trade) => party(trade.seller),
  },
  { label: "Buyer", value: (trade) => (trade.buyer ? nameOf(trade.buyer) : ALL), show: (trade) => party(trade.buyer) },
  {
    label: "Price (¤/kWh)",
    value: (trade) => trade.price_ukwh,
    show: (trade) => price(trade.price_ukwh),
    isRight: true,
  },
  {
    label: "Quantity",
    value: (trade) => trade.quantity_wh,
    show: (trade) => quantity(trade.quantity_wh, "wh"),
    isRight: true,
  },
];

/** Who sold to whom. */
export function Trades({ trades }) {
  return html`<${Panel} title="Trades" note=${plural(trades.length, "trade")} isFlush>
    ${trades.length === 0 ? html`<${None} />` : html`<${Table} caption="Trades" columns=${COLUMNS} rows=${trades} />`}
  </${Panel}>`;
}

function None() {
  return html`<${Empty} title="No single trades">This market clears all orders against all, or nothing was traded.</${Empty}>`;
}
