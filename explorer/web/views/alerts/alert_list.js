import { Pages } from "../../components/pages.js";
import { Panel } from "../../components/panel.js";
import { Save } from "../../components/save.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { ViewHead } from "../../components/view_head.js";
import { number, words } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { go, patch, route } from "../../lib/route.js";
import { whenOf } from "./when.js";
import { SEVERITIES, Severity, State } from "./severity.js";
import { Subject } from "./subject.js";

const TEXT =
  "What does not fit: meters against plan and forecast, storage against what it tells, balances that do not close, " +
  "validators that are missing.";
const STATES = ["open", "acknowledged", "closed", "all"];
const COLUMNS = [
  {
    label: "Severity",
    value: (item) => item.severity,
    show: (item) => html`<${Severity} severity=${item.severity} />`,
  },
  { label: "What", value: (item) => item.title, show: (item) => html`<strong>${item.title}</strong>` },
  { label: "Rule", value: (item) => words(item.rule), isWide: true },
  { label: "Subject", value: (item) => item.subject, show: (item) => html`<${Subject} alert=${item} />`, isWide: true },
  { label: "Since", value: (item) => whenOf(item).first, isWide: true },
  { label: "Times", value: (item) => item.count, show: (item) => number(item.count), isRight: true },
  { label: "State", value: (item) => item.state, show: (item) => html`<${State} state=${item.state} />` },
];

/** Alerts, newest first; the open ones unless the address says otherwise. */
export function AlertList() {
  const { state = "open", severity, rule } = route.value.query;
  const tools = html`
    ${rule && html`<button type="button" onClick=${() => patch({ rule: null })}>rule: ${rule} ✕</button>`}
    <label class="small muted">Severity${" "}
      <select value=${severity ?? ""} onChange=${(event) => patch({ severity: event.target.value })}>
        <option value="">all</option>${SEVERITIES.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select></label>
    <div class="group" role="group" aria-label="State">
      ${STATES.map((name) => html`<button
        type="button"
        key=${name}
        aria-pressed=${String(name === state)}
        onClick=${() => patch({ state: name })}
      >${words(name)}</button>`)}
    </div>
    <${Save} table="alerts" />`;
  const empty = html`<${Empty} title=${state === "open" ? "No open alerts" : "No alerts"}>
    Readings, storage, balance and committee are watched block by block.
  </${Empty}>`;
  return html`<div class="view">
    <${ViewHead}
      title="Alerts"
      text=${TEXT}
    />
    <${Panel} title="All alerts" tools=${tools} isFlush>
      <${Pages} path="alerts" query=${{ state, severity, rule }} empty=${empty}>
        ${(items) => html`<${Table}
          caption="Alerts"
          columns=${COLUMNS}
          rows=${items}
          keyOf=${(item) => item.id}
          open=${(item) => go(["alerts", item.id])}
          isTall
        />`}
      </${Pages}>
    </${Panel}>
  </div>`;
}
