import { Figure } from "../../components/figure.js";
import { quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { diagramOptions } from "./diagram_options.js";
import { placed } from "./layout.js";

const COLUMNS = [
  { label: "Bus", value: (bus) => bus.name || bus.number },
  {
    label: "Voltage (p.u.)",
    value: (bus) => bus.voltage_npu,
    show: (bus) => quantity(bus.voltage_npu, "npu"),
    isRight: true,
  },
  {
    label: "Before (p.u.)",
    value: (bus) => bus.before_npu,
    show: (bus) => quantity(bus.before_npu, "npu"),
    isRight: true,
  },
];
const LEAF_PX = 15;

/** Buses and lines, the feeding bus at the left; colour tells voltage, width and shade how full a line is. */
export function Diagram({ data }) {
  const places = placed(data.buses, data.lines);
  const height = Math.min(640, Math.max(280, 120 + LEAF_PX * places.leaves));
  return html`<${Figure}
    title="Single line diagram"
    note="blue is low voltage, red is high · thick is full"
    name="network"
    height=${height}
    columns=${COLUMNS}
    rows=${data.buses}
    version=${JSON.stringify([data.buses.map((bus) => bus.voltage_npu), data.lines.length])}
    options=${() => diagramOptions(data, places)}
  />`;
}
