import { Member } from "../../components/identifier.js";
import { Panel } from "../../components/panel.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { plural, price, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";

const THE_MARKET = "the market";
const nameOfParty = (party) => (party === THE_MARKET ? party : nameOf(party));
const shown = (party) =>
  party === THE_MARKET ? html`<span class="muted">${party}</span>` : html`<${Member} address=${party} />`;

const COLUMNS = [
  { label: "Seller", value: (trade) => nameOfParty(trade.seller), show: (trade) => shown(trade.seller) },
  { label: "Buyer", value: (trade) => nameOfParty(trade.buyer), show: (trade) => shown(trade.buyer) },
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

/** Who sold to whom; without pairs, what each one traded with all others, at its mean price. */
export function Trades({ trades }) {
  const isPaired = !trades.some(({ seller, buyer }) => [seller, buyer].includes(THE_MARKET));
  const note = [plural(trades.length, "trade"), !isPaired && "each with all others, by the bills"];
  return html`<${Panel} title="Trades" note=${note.filter(Boolean).join(" · ")} isFlush>
    ${trades.length === 0 ? html`<${None} />` : html`<${Table} caption="Trades" columns=${COLUMNS} rows=${trades} />`}
  </${Panel}>`;
}

function None() {
  return html`<${Empty} title="No trades">Nothing was traded in this round, or it is not settled yet.</${Empty}>`;
}
