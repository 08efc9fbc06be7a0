import { Panel } from "../../components/panel.js";
import { Table } from "../../components/table.js";
import { quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";

const NPU = 1e9;

/** Buses, the farthest from nominal voltage first. */
export function Buses({ data }) {
  const distance = (bus) => Math.abs(Number(bus.voltage_npu ?? NPU) - NPU);
  const rows = [...data.buses].sort((one, other) => distance(other) - distance(one));
  const isOut = (bus) =>
    bus.voltage_npu !== null && (bus.voltage_npu < data.lowest_npu || bus.voltage_npu > data.highest_npu);
  const columns = [
    { label: "Bus", value: (bus) => bus.name || bus.number },
    {
      label: "Voltage",
      value: (bus) => bus.voltage_npu,
      show: (bus) => html`<span class=${isOut(bus) ? "tag bad" : ""}>${quantity(bus.voltage_npu, "npu")}</span>`,
      isRight: true,
    },
    { label: "Before", value: (bus) => bus.before_npu, show: (bus) => quantity(bus.before_npu, "npu"), isRight: true },
  ];
  return html`<${Panel}
    title="Buses"
    note="farthest from nominal first"
    isFlush
  ><${Table} caption="Buses" columns=${columns} rows=${rows} keyOf=${(bus) => bus.number} /></${Panel}>`;
}
