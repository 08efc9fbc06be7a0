import { Stage, STAGES } from "../../components/identifier.js";
import { Pages } from "../../components/pages.js";
import { Panel } from "../../components/panel.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { ViewHead } from "../../components/view_head.js";
import { moment, number, short } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useResource } from "../../lib/resource.js";
import { go, patch, route } from "../../lib/route.js";

const TEXT =
  "Every energy process is a chain of transactions: what triggered it, what was dispatched, what meters verified, " +
  "and how it was accounted.";
const COLUMNS = [
  {
    label: "Process",
    value: (item) => item.label || item.process,
    show: (item) => html`<strong>${item.label || short(item.process)}</strong>`,
  },
  { label: "Contract", value: (item) => item.contract },
  { label: "Stands at", value: (item) => item.stage, show: (item) => html`<${Standing} item=${item} />` },
  { label: "Began (UTC)", value: (item) => moment(item.opened_ms), isWide: true },
  { label: "T", value: (item) => item.triggers, isRight: true, isWide: true },
  { label: "D", value: (item) => item.dispatches, isRight: true, isWide: true },
  {
    label: "V",
    value: (item) => item.verifications,
    show: (item) => number(item.verifications),
    isRight: true,
    isWide: true,
  },
  { label: "A", value: (item) => item.accountings, isRight: true, isWide: true },
];

/** All processes, newest first. */
export function ProcessList() {
  const { contract, settled } = route.value.query;
  const markets = useResource("markets", {}, { isLive: false });
  const tools = html`
    <label class="small muted">Contract${" "}
      <select value=${contract ?? ""} onChange=${(event) => patch({ contract: event.target.value })}>
        <option value="">all</option>
        ${markets.data?.items?.map((item) => html`<option
          key=${item.contract}
          value=${item.contract}
        >${item.contract}</option>`)}
      </select></label>
    <label class="small muted">State${" "}
      <select value=${settled ?? ""} onChange=${(event) => patch({ settled: event.target.value })}>
        <option value="">all</option><option value="false">running</option><option value="true">settled</option>
      </select></label>`;
  const empty = html`<${Empty} title="No processes">A process begins with a trigger, such as the planning of a day.</${Empty}>`;
  return html`<div class="view">
    <${ViewHead}
      title="TDVA chain"
      text=${TEXT}
    />
    <${Panel} title="Processes" tools=${tools} isFlush>
      <${Pages} path="processes" query=${{ contract, settled }} empty=${empty}>
        ${(items) => html`<${Table}
          caption="Processes"
          columns=${COLUMNS}
          rows=${items}
          keyOf=${(item) => item.process}
          open=${(item) => go(["chain", item.process])}
          isTall
        />`}
      </${Pages}>
    </${Panel}>
  </div>`;
}

/** How far a process has come. */
export function Standing({ item }) {
  const state = item.is_settled ? html`<span class="tag good">settled</span>` : STAGES[item.stage];
  return html`<${Stage} stage=${item.stage} /> ${state}`;
}
