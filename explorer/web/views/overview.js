import { Id, Stage } from "../components/identifier.js";
import { Panel } from "../components/panel.js";
import { Empty, Loaded } from "../components/states.js";
import { Stats } from "../components/stats.js";
import { Table } from "../components/table.js";
import { ViewHead } from "../components/view_head.js";
import { EnergyDay } from "./overview/energy_day.js";
import { status } from "../lib/freshness.js";
import { moment, number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useResource } from "../lib/resource.js";
import { go, link } from "../lib/route.js";
import { Severity } from "./alerts/severity.js";
import { blockColumns } from "./blocks/columns.js";

/** The chain and its energy at a glance. */
export function View() {
  const overview = useResource("overview");
  return html`<div class="view">
    <${ViewHead} title="Overview" text="What the committee decides, and what the energy it governs does." />
    <${Loaded} resource=${overview}>${(data) => html`<${Shown} data=${data} />`}</${Loaded}>
  </div>`;
}

function Shown({ data }) {
  return html`
    <${Stats} items=${figures(data)} />
    <${EnergyDay} ...${data} />
    <div class="columns">
      <${Panel}
        title="Running processes"
        isFlush
        tools=${html`<a href=${link("chain")}>All</a>`}
      ><${Processes} items=${data.processes} /></${Panel}>
      <${Panel}
        title="Open alerts"
        isFlush
        tools=${html`<a href=${link("alerts")}>All</a>`}
      ><${Alerts} counts=${data.alerts} /></${Panel}>
    </div>
    <${Panel} title="Latest blocks" isFlush tools=${html`<a href=${link("blocks")}>All</a>`}>
      <${Table}
        caption="Latest blocks"
        columns=${blockColumns()}
        rows=${data.blocks}
        keyOf=${(block) => block.height}
        open=${(block) => go(["blocks", block.height])}
      />
    </${Panel}>`;
}

function figures(data) {
  const node = status.value;
  const { counts } = data;
  const head = data.blocks[0];
  return [
    { label: "Height", value: number(data.as_of.height), note: head && `${moment(head.time_ms)}\u00a0UTC` },
    {
      label: "Signed by",
      value: head ? `${head.signers.length} of ${head.committee}` : "–",
      note: head && `round ${head.round}`,
    },
    { label: "Transactions", value: number(counts.transactions) },
    { label: "Processes", value: number(counts.processes), note: `${number(counts.running)} running` },
    { label: "Members", value: number(counts.members), note: `${number(counts.validators)} of them validators` },
    { label: "Meters", value: number(counts.meters), note: `${number(counts.readings)} readings` },
    ...(node ? [{ label: "Waiting", value: number(node.pending), note: "transactions" }] : []),
  ];
}

function Processes({ items }) {
  if (!items.length)
    return html`<${Empty} title="No process is running">Each one begins with a trigger and ends with an accounting.</${Empty}>`;
  const columns = [
    { label: "Process", value: (item) => item.label || item.process },
    { label: "Contract", value: (item) => item.contract },
    { label: "Stage", value: (item) => item.stage, show: (item) => html`<${Stage} stage=${item.stage} />` },
    {
      label: "Since block",
      value: (item) => item.opened_height,
      show: (item) => html`<${Id} kind="block" id=${item.opened_height} text=${number(item.opened_height)} />`,
      isRight: true,
    },
  ];
  return html`<${Table}
    caption="Running processes"
    columns=${columns}
    rows=${items}
    keyOf=${(item) => item.process}
    open=${(item) => go(["chain", item.process])}
  />`;
}

function Alerts({ counts }) {
  const rows = Object.entries(counts).filter(([, count]) => count > 0);
  if (!rows.length) return html`<${Empty} title="No open alerts" />`;
  const columns = [
    { label: "Severity", value: ([name]) => name, show: ([name]) => html`<${Severity} severity=${name} />` },
    { label: "Open", value: ([, count]) => count, isRight: true },
  ];
  return html`<${Table}
    caption="Open alerts by severity"
    columns=${columns}
    rows=${rows}
    keyOf=${([name]) => name}
    open=${([severity]) => go("alerts", { severity })}
  />`;
}
