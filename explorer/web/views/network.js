import { Empty, Loaded } from "../components/states.js";
import { Stats } from "../components/stats.js";
import { ViewHead } from "../components/view_head.js";
import { plural, quantity } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useResource } from "../lib/resource.js";
import { patch, route } from "../lib/route.js";
import { Buses } from "./network/buses.js";
import { Diagram } from "./network/diagram.js";
import { Lines } from "./network/lines.js";
import { Scrubber } from "./network/scrubber.js";

/** The grid as a single line diagram, for an event of flexible demand and one of its periods. */
export function View() {
  const { event, period } = route.value.query;
  const network = useResource("network", { event, period });
  const empty = html`<${Empty} title="This chain knows no network">Its genesis has no contract that keeps one.</${Empty}>`;
  return html`<div class="view">
    <${ViewHead} title="Network" text="Buses by their voltage, lines by how much of what they can carry they do." />
    <${Loaded} resource=${network} isEmpty=${(data) => data.buses.length === 0} empty=${empty}>
      ${(data) => html`
        <${Scrubber} data=${data} event=${event} period=${period} choose=${patch} />
        <${Stats} items=${figures(data)} />
        <${Diagram} data=${data} />
        <div class="columns"><${Buses} data=${data} /><${Lines} data=${data} /></div>`}
    </${Loaded}>
  </div>`;
}

function figures(data) {
  const voltages = data.buses.map((bus) => bus.voltage_npu).filter((value) => value !== null);
  const fullest = Math.max(...data.lines.map((line) => line.loading_ppm ?? 0), 0);
  return [
    { label: "Buses", value: data.buses.length, note: plural(data.lines.length, "line") },
    {
      label: "Lowest voltage",
      value: voltages.length ? quantity(Math.min(...voltages), "npu") : "–",
      note: `limit ${quantity(data.lowest_npu, "npu")}`,
    },
    {
      label: "Highest voltage",
      value: voltages.length ? quantity(Math.max(...voltages), "npu") : "–",
      note: `limit ${quantity(data.highest_npu, "npu")}`,
    },
    { label: "Fullest line", value: quantity(fullest, "ppm") },
  ];
}
