// Supply and demand as ECharts draws them.

import { base, label, tooltip, valueAxis } from "../../lib/echarts.js";
import { axisUnit, number, quantity } from "../../lib/format.js";
import { colour } from "../../lib/theme.js";

const PRICE_DIVISOR = 1e6;

/** Options for the answer of a round: quantities to the right, prices upwards. */
export function curveOptions({ asks, bids, clearing }) {
  const most = Math.max(0, ...[...asks, ...bids].map(([, cumulated]) => Number(cumulated)));
  const scale = axisUnit("wh", most);
  const supply = steps("Supply", "series-sell", asks, scale.divisor);
  if (clearing) supply.markPoint = meeting(clearing, scale.divisor);
  if (clearing) supply.markLine = guides(clearing, scale.divisor);
  return {
    ...base(),
    grid: { left: 12, right: 48, top: 56, bottom: 16, containLabel: true },
    tooltip: {
      ...tooltip(),
      trigger: "item",
      formatter: ({ seriesName, value }) =>
        `${seriesName}\n${quantity(value[1] * PRICE_DIVISOR, "ukwh")} up to ${quantity(value[0] * scale.divisor, "wh")}`,
    },
    xAxis: {
      ...valueAxis({ name: "" }),
      min: 0,
      name: scale.name,
      nameLocation: "end",
      nameGap: 6,
      splitLine: { show: false },
    },
    yAxis: valueAxis({ name: "¤/kWh", scale: true, formatter: (value) => number(value, 4) }),
    series: [supply, steps("Demand", "series-buy", bids, scale.divisor)],
  };
}

function steps(name, tone, list, divisor) {
  const points = list.map(([price, cumulated]) => [Number(cumulated) / divisor, Number(price) / PRICE_DIVISOR]);
  const begin = points.length ? [[0, points[0][1]]] : [];
  return {
    name,
    type: "line",
    step: "start",
    data: [...begin, ...points],
    color: colour(tone),
    lineStyle: { width: 2.5 },
    symbolSize: 4,
    showSymbol: points.length < 60,
  };
}

function meeting({ quantity_wh, price_ukwh }, divisor) {
  const coord = [Number(quantity_wh) / divisor, Number(price_ukwh) / PRICE_DIVISOR];
  return {
    symbol: "circle",
    symbolSize: 13,
    itemStyle: { color: colour("accent"), borderColor: colour("surface"), borderWidth: 2 },
    label: {
      show: true,
      position: [16, -16],
      ...label(),
      color: colour("text"),
      fontWeight: 600,
      backgroundColor: colour("surface"),
      padding: [1, 4],
      formatter: () => quantity(price_ukwh, "ukwh"),
    },
    data: [{ coord }],
  };
}

function guides({ quantity_wh, price_ukwh }, divisor) {
  const line = {
    lineStyle: { color: colour("line-strong"), type: "dashed" },
    symbol: "none",
    silent: true,
    label: { show: false },
  };
  return { ...line, data: [{ xAxis: Number(quantity_wh) / divisor }, { yAxis: Number(price_ukwh) / PRICE_DIVISOR }] };
}
