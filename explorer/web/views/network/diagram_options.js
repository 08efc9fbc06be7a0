// The single line diagram as ECharts draws it: buses as points, lines with right angles.

import { base, label, tooltip } from "../../lib/echarts.js";
import { quantity } from "../../lib/format.js";
import { plain } from "../../lib/series.js";
import { colour } from "../../lib/theme.js";

const FULL_PPM = 1e6;
const NPU = 1e9;
const NAMED_MAX = 40;

/** Options for the answer of /network, with the places of its buses (layout.js). */
export function diagramOptions(data, { at, leaves, depth }) {
  const isNamed = data.buses.length <= NAMED_MAX && innerWidth > 700;
  const nearer = ({ source, target }) => (at.get(source)?.[0] <= at.get(target)?.[0] ? source : target);
  const forks = new Set(data.lines.map(nearer));
  const hidden = { show: false, type: "value" };
  return {
    ...base(),
    legend: undefined,
    tooltip: { ...tooltip(), trigger: "item", formatter: (point) => told(point, data) },
    grid: { left: 24, right: isNamed ? 110 : 24, top: 56, bottom: 20 },
    xAxis: { ...hidden, min: 0, max: Math.max(1, depth) },
    yAxis: { ...hidden, min: -0.5, max: leaves - 0.5, inverse: true },
    visualMap: scale(data),
    series: [
      {
        type: "lines",
        progressive: 0,
        coordinateSystem: "cartesian2d",
        polyline: true,
        z: 1,
        data: data.lines
          .filter(({ source, target }) => at.has(source) && at.has(target))
          .map((line) => lineMark(line, at)),
      },
      {
        type: "scatter",
        z: 2,
        symbolSize: isNamed ? 14 : 9,
        label: {
          ...label(),
          show: isNamed,
          width: 100,
          overflow: "truncate",
          formatter: ({ data: mark }) => plain(mark.bus.name || mark.bus.number),
        },
        itemStyle: { borderColor: colour("surface"), borderWidth: 1.5, opacity: 1 },
        data: data.buses.map((bus) => busMark(bus, at, forks.has(bus.number))),
      },
    ],
  };
}

/** Colours by voltage, between the lowest and the highest that is allowed. */
function scale(data) {
  const lowest = Number(data.lowest_npu ?? 0.9 * NPU) / NPU;
  const highest = Number(data.highest_npu ?? 1.1 * NPU) / NPU;
  return {
    type: "continuous",
    min: lowest,
    max: highest,
    dimension: 2,
    seriesIndex: 1,
    calculable: false,
    orient: "horizontal",
    left: 16,
    top: 8,
    itemHeight: 160,
    itemWidth: 10,
    text: [`${highest} p.u.`, `${lowest} p.u.`],
    textStyle: label(),
    inRange: { color: [colour("series-buy"), colour("series-charge"), colour("bad")] },
  };
}

/** A bus; its name is beside it at the end of a branch, above it elsewhere, where lines go on. */
function busMark(bus, at, isFork) {
  const isKnown = bus.voltage_npu !== null && bus.voltage_npu !== undefined;
  const named = { label: { position: isFork ? [4, -14] : "right" } };
  const look = isKnown ? {} : { itemStyle: { color: colour("line-strong") } };
  return {
    value: [...at.get(bus.number), isKnown ? Number(bus.voltage_npu) / NPU : Number.NaN],
    bus,
    ...named,
    ...look,
  };
}

function lineMark(line, at) {
  const [from, to] = [at.get(line.source), at.get(line.target)].sort((one, other) => one[0] - other[0]);
  const share = Math.min(1.2, Number(line.loading_ppm ?? 0) / FULL_PPM);
  const tone = share > 1 ? "bad" : share > 0.8 ? "series-sell" : "line-strong";
  const bend = from[0] + 0.35;
  return {
    coords: [from, [bend, from[1]], [bend, to[1]], to],
    line,
    lineStyle: { color: colour(tone), width: 1.5 + 5 * share, opacity: 1 },
  };
}

function told({ data: mark }, { buses }) {
  if (mark.bus) {
    const { name, number, voltage_npu, before_npu } = mark.bus;
    const before = before_npu === null || before_npu === undefined ? "" : `\nbefore: ${quantity(before_npu, "npu")}`;
    return `${plain(name || `Bus ${number}`)}\n${quantity(voltage_npu, "npu")}${before}`;
  }
  const name = (number) => plain(buses.find((bus) => bus.number === number)?.name || `bus ${number}`);
  return `${name(mark.line.source)} to ${name(mark.line.target)}\n${quantity(mark.line.loading_ppm, "ppm")} of what it can carry`;
}
