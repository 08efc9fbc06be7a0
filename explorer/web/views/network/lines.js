import { Panel } from "../../components/panel.js";
import { Table } from "../../components/table.js";
import { quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";

const FULL_PPM = 1e6;

/** Lines, the fullest first. */
export function Lines({ data }) {
  const names = new Map(data.buses.map((bus) => [bus.number, bus.name || `bus ${bus.number}`]));
  const rows = [...data.lines].sort((one, other) => (other.loading_ppm ?? -1) - (one.loading_ppm ?? -1));
  const columns = [
    { label: "From", value: (line) => names.get(line.source) },
    { label: "To", value: (line) => names.get(line.target) },
    {
      label: "Loading",
      value: (line) => line.loading_ppm,
      show: (line) =>
        html`<span class=${line.loading_ppm > FULL_PPM ? "tag bad" : ""}>${quantity(line.loading_ppm, "ppm")}</span>`,
      isRight: true,
    },
  ];
  return html`<${Panel}
    title="Lines"
    note="fullest first"
    isFlush
  ><${Table} caption="Lines" columns=${columns} rows=${rows} /></${Panel}>`;
}
