import { Figure } from "../../components/figure.js";
import { Empty } from "../../components/states.js";
import { quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { curveOptions } from "./curve_options.js";

const COLUMNS = [
  { label: "Side", value: (row) => row.side },
  {
    label: "Price (millionths/kWh)",
    value: (row) => row.price,
    show: (row) => quantity(row.price, "ukwh"),
    isRight: true,
  },
  { label: "Up to (Wh)", value: (row) => row.cumulated, show: (row) => quantity(row.cumulated, "wh"), isRight: true },
];

/** Supply and demand as steps, with the point at which they meet. */
export function Curves({ data, name }) {
  const rows = [...side("supply", data.asks), ...side("demand", data.bids)];
  return html`<${Figure}
    title="Supply and demand"
    note="each step is an order, or several at one price"
    name=${name}
    height=${360}
    columns=${COLUMNS}
    rows=${rows}
    version=${`${data.carrier}-${rows.length}-${data.clearing?.price_ukwh}-${data.as_of?.height}`}
    options=${() => curveOptions(data)}
    empty=${html`<${Empty} title="No orders in this round" />`}
  />`;
}

function side(name, steps) {
  return steps.map(([price, cumulated]) => ({ side: name, price, cumulated }));
}
