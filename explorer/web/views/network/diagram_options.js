// The single line diagram as ECharts draws it.

import { base, label, tooltip } from "../../lib/echarts.js";
import { quantity } from "../../lib/format.js";
import { plain } from "../../lib/series.js";
import { colour } from "../../lib/theme.js";

const FULL_PPM = 1e6;
const NPU = 1e9;
const NAMED_MAX = 40;

/** Options for the answer of /network, with the places of its buses (layout.js). */
export function diagramOptions(data, { at }) {
  const isNamed = data.buses.length <= NAMED_MAX;
  const lowest = Number(data.lowest_npu ?? 0.9 * NPU) / NPU;
  const highest = Number(data.highest_npu ?? 1.1 * NPU) / NPU;
  return {
    ...base(),
    legend: undefined,
    tooltip: { ...tooltip(), trigger: "item", formatter: (point) => told(point, data) },
    visualMap: {
      type: "continuous", min: lowest, max: highest, dimension: 0, seriesIndex: 0, calculable: false, orient: "horizontal", left: 16, top: 8, itemHeight: 160, itemWidth: 10,
      text: [`${highest} p.u.`, `${lowest} p.u.`], textStyle: label(),
      inRange: { color: [colour("series-buy"), colour("series-charge"), colour("series-generation"), colour("bad")] },
    },
    series: [{
      type: "graph", layout: "none", roam: "move", left: 40, right: isNamed ? 80 : 24, top: 64, bottom: 32,
      symbolSize: isNamed ? 14 : 9,
      label: { ...label(), show: isNamed, position: "bottom", formatter: ({ data: bus }) => plain(bus.bus.name || bus.bus.number) },
      data: data.buses.map((bus) => busMark(bus, at)),
      links: data.lines.map(lineMark),
      emphasis: { focus: "adjacency" },
    }],
  };
}

function busMark(bus, at) {
  const [x, y] = at.get(bus.number);
  const isKnown = bus.voltage_npu !== null && bus.voltage_npu !== undefined;
  const look = isKnown ? {} : { itemStyle: { color: colour("line-strong") } };
  return { id: String(bus.number), name: String(bus.number), x, y, value: isKnown ? Number(bus.voltage_npu) / NPU : undefined, bus, ...look };
}

function lineMark(line) {
  const share = Math.min(1.2, Number(line.loading_ppm ?? 0) / FULL_PPM);
  const tone = share > 1 ? "bad" : share > 0.8 ? "series-sell" : "line-strong";
  return { source: String(line.source), target: String(line.target), line, lineStyle: { color: colour(tone), width: 1.5 + 5 * share, curveness: 0, opacity: 1 } };
}

function told({ dataType, data: mark }, { buses }) {
  if (dataType === "node") {
    const { name, number, voltage_npu, before_npu } = mark.bus;
    const before = before_npu === null || before_npu === undefined ? "" : `\nbefore: ${quantity(before_npu, "npu")}`;
    return `${plain(name || `Bus ${number}`)}\n${quantity(voltage_npu, "npu")}${before}`;
  }
  const name = (number) => plain(buses.find((bus) => bus.number === number)?.name || `bus ${number}`);
  return `${name(mark.line.source)} to ${name(mark.line.target)}\n${quantity(mark.line.loading_ppm, "ppm")} of what it can carry`;
}
