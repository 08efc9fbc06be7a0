import { Id } from "../../components/identifier.js";
import { Pages } from "../../components/pages.js";
import { Panel } from "../../components/panel.js";
import { Save } from "../../components/save.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { ViewHead } from "../../components/view_head.js";
import { number, quantity, words } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { timeOf } from "../../lib/range.js";
import { go, link } from "../../lib/route.js";
import { priceColumn } from "./price.js";

const COLUMNS = [
  {
    label: "Round",
    value: (item) => item.label || item.round,
    show: (item) => html`<strong>${item.label || item.round}</strong>`,
  },
  { label: "Phase", value: (item) => item.phase, show: (item) => html`<span class="tag">${item.phase}</span>` },
  { label: "Energy from (UTC)", value: (item) => timeOf(item.period), isWide: true },
  { label: "Orders", value: (item) => item.orders, show: (item) => number(item.orders), isRight: true, isWide: true },
  priceColumn((item) => item),
  { label: "Traded", value: (item) => item.traded_wh, show: (item) => quantity(item.traded_wh, "wh"), isRight: true },
  {
    label: "Process",
    value: (item) => item.process,
    show: (item) => item.process && html`<${Id} kind="process" id=${item.process} />`,
    isWide: true,
  },
];

/** The rounds of one market, newest first. */
export function RoundList({ contract }) {
  const empty = html`<${Empty} title="No rounds yet">The first one opens with a trigger.</${Empty}>`;
  const tools = html`<${Save} table="orders" /><a href=${link("blocks", { list: "transactions", contract })}>Transactions</a>`;
  return html`<div class="view">
    <${ViewHead} title=${words(contract)}><a class="button" href=${link("markets")}>All markets</a></${ViewHead}>
    <${Panel} title="Rounds" tools=${tools} isFlush>
      <${Pages} path=${`markets/${encodeURIComponent(contract)}/rounds`} empty=${empty}>
        ${(items) => html`<${Table}
          caption="Rounds"
          columns=${COLUMNS}
          rows=${items}
          keyOf=${(item) => item.round}
          open=${(item) => go(["markets", contract, item.round])}
          isTall
        />`}
      </${Pages}>
    </${Panel}>
  </div>`;
}
