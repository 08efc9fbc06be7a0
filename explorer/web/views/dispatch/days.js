import { Id } from "../../components/identifier.js";
import { Pages } from "../../components/pages.js";
import { Panel } from "../../components/panel.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { dayDate, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { range, setRange } from "../../lib/range.js";

const LOOKS = { settled: "good", lapsed: "bad" };
const COLUMNS = [
  {
    label: "Day (UTC)",
    value: (item) => dayDate(item.day),
    show: (item) => html`<span class="number">${dayDate(item.day)}</span>`,
  },
  {
    label: "Phase",
    value: (item) => item.phase,
    show: (item) => html`<span class=${`tag ${LOOKS[item.phase] ?? "accent"}`}>${item.phase}</span>`,
  },
  { label: "Planned", value: (item) => item.revision, show: (item) => `${item.revision} ×`, isRight: true },
  { label: "Cost", value: (item) => item.cost_nano, show: (item) => quantity(item.cost_nano, "nano"), isRight: true },
  {
    label: "Process",
    value: (item) => item.process,
    show: (item) => item.process && html`<${Id} kind="process" id=${item.process} />`,
  },
];

/** The days that were planned; choosing one shows it. */
export function Days() {
  const empty = html`<${Empty} title="No day was planned">This chain has no dispatch, or it has not begun.</${Empty}>`;
  const isShown = (item) => item.from_period === range.value.from;
  return html`<${Panel} title="Days" isFlush>
    <${Pages} path="dispatch/days" empty=${empty}>
      ${(items) => html`<${Table}
        caption="Days"
        columns=${COLUMNS}
        rows=${items}
        keyOf=${(item) => item.day}
        open=${(item) => setRange(item.from_period, item.to_period)}
        isChosen=${isShown}
      />`}
    </${Pages}>
  </${Panel}>`;
}
