import { Member } from "../../components/identifier.js";
import { Pages } from "../../components/pages.js";
import { Panel } from "../../components/panel.js";
import { Save } from "../../components/save.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { ViewHead } from "../../components/view_head.js";
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";
import { timeOf } from "../../lib/range.js";
import { go, link } from "../../lib/route.js";

const COLUMNS = [
  {
    label: "Meter",
    value: (item) => nameOf(item.address),
    show: (item) =>
      html`<a href=${link(["dispatch", "meters", item.address])} title=${item.address}>${nameOf(item.address)}</a>`,
  },
  { label: "Owner", value: (item) => nameOf(item.owner), show: (item) => html`<${Member} address=${item.owner} />` },
  { label: "Carrier", value: (item) => item.carrier },
  { label: "Place", value: (item) => item.place, isWide: true },
  { label: "Newest period (UTC)", value: (item) => timeOf(item.last_period), isWide: true },
  { label: "Readings", value: (item) => item.readings, show: (item) => number(item.readings), isRight: true },
];

/** Who measures. */
export function MeterList() {
  const empty = html`<${Empty} title="No meters">None has sent a reading yet.</${Empty}>`;
  return html`<div class="view">
    <${ViewHead} title="Meters"><a class="button" href=${link("dispatch")}>Dispatch</a></${ViewHead}>
    <${Panel} title="All meters" tools=${html`<${Save} table="readings" />`} isFlush>
      <${Pages} path="meters" empty=${empty}>
        ${(items) => html`<${Table}
          caption="Meters"
          columns=${COLUMNS}
          rows=${items}
          keyOf=${(item) => item.address}
          open=${(item) => go(["dispatch", "meters", item.address])}
          isTall
        />`}
      </${Pages}>
    </${Panel}>
  </div>`;
}
