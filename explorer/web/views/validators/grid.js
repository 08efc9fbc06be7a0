// The grid of who signed, as ECharts draws it: a cell for each validator and column, and rounds beneath.

import { axisLook, base, label, tooltip } from "../../lib/echarts.js";
import { number, plural } from "../../lib/format.js";
import { plain } from "../../lib/series.js";
import { colour } from "../../lib/theme.js";

const ROUNDS_PX = 44;
const FEW = 0.25;
const MANY = 5;

/** The share of its blocks that a validator signed in a column; null where it was not in the committee. */
export function shareOf(data, row, place) {
  const blocks = data.blocks[place];
  return blocks ? data.signed[row][place] / blocks : null;
}

/** Options of ECharts for the answer of /validators. */
export function gridOptions(data) {
  const names = data.validators.map((validator) => plain(validator.name || validator.address));
  const heights = data.columns.map((column) => column.first);
  const left = Math.min(
    innerWidth < 700 ? 96 : 150,
    24 + 7 * Math.max(0, ...names.map((name) => Math.min(name.length, 18))),
  );
  const grids = {
    grid: [
      { left, right: 16, top: 12, bottom: ROUNDS_PX + 48 },
      { left, right: 16, height: ROUNDS_PX, bottom: 28 },
    ],
  };
  return {
    ...base(),
    ...grids,
    legend: undefined,
    tooltip: { ...tooltip(), trigger: "item", formatter: (point) => told(point, data) },
    toolbox: {
      itemSize: 0,
      left: -20,
      feature: { dataZoom: { yAxisIndex: "none", brushStyle: { color: colour("shade") } } },
    },
    xAxis: [0, 1].map((gridIndex) => xAxis(gridIndex, heights)),
    yAxis: [namesAxis(names), roundsAxis()],
    series: [cells(data), rounds(data)],
  };
}

function xAxis(gridIndex, heights) {
  const look = axisLook();
  return {
    type: "category",
    gridIndex,
    data: heights,
    ...look,
    axisLabel: { ...look.axisLabel, show: gridIndex === 1, formatter: (height) => number(Number(height)) },
    splitLine: { show: false },
  };
}

function namesAxis(names) {
  return {
    type: "category",
    gridIndex: 0,
    data: names,
    inverse: true,
    ...axisLook(),
    axisLabel: { ...label(), width: innerWidth < 700 ? 80 : 126, overflow: "truncate", interval: 0 },
    splitLine: { show: false },
  };
}

function roundsAxis() {
  return {
    type: "value",
    gridIndex: 1,
    name: "late",
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: label(),
    minInterval: 1,
    max: (extent) => Math.max(2, extent.max),
    ...axisLook(),
    axisLabel: { ...label(), showMaxLabel: false },
  };
}

/** A block keeps the seals of a quorum, so that few of them say little of who is not among them; many do. */
function toneOf(data, row, place) {
  const share = shareOf(data, row, place);
  if (share === 1) return "signed";
  if (data.blocks[place] < MANY) return share === 0 ? "unsealed" : "signed";
  if (share === 0) return "missed";
  return share < FEW ? "partly" : "signed";
}

function cells(data) {
  const tones = Object.fromEntries(["signed", "unsealed", "partly", "missed"].map((name) => [name, colour(name)]));
  const points = data.validators.flatMap((_validator, row) =>
    data.columns.map((_column, place) => ({
      value: [place, row, 1],
      itemStyle: { color: tones[toneOf(data, row, place)] },
    })),
  );
  return {
    type: "heatmap",
    progressive: 0,
    xAxisIndex: 0,
    yAxisIndex: 0,
    data: points,
    itemStyle: { borderColor: colour("surface"), borderWidth: data.columns.length > 150 ? 0.5 : 1 },
    emphasis: { itemStyle: { borderColor: colour("text") } },
  };
}

function rounds(data) {
  const points = data.columns.map((column) => ({ value: column.rounds, itemStyle: { color: colour("series-sell") } }));
  return { type: "bar", name: "rounds", xAxisIndex: 1, yAxisIndex: 1, data: points, barCategoryGap: "15%" };
}

function told(point, data) {
  const place = point.seriesIndex === 0 ? point.value[0] : point.dataIndex;
  const { first, last, rounds: more, late } = data.columns[place];
  const title = first === last ? `Block ${number(first)}` : `Blocks ${number(first)} to ${number(last)}`;
  const rounds = more ? `${plural(late, "block")} late, by ${plural(more, "round")}` : "all in the first round";
  if (point.seriesIndex !== 0) return `${title}\n${rounds}`;
  const row = point.value[1];
  const name = plain(data.validators[row].name || data.validators[row].address);
  return `${title}\n${name} signed ${data.signed[row][place]} of ${data.blocks[place]}, proposed ${data.proposed[row][place]}\n${rounds}`;
}
