// ECharts, fetched with the first view that has charts, and what all charts of the page have in common. Its tooltips are
// drawn on the canvas (`richText`), never as markup.

import { colour } from "./theme.js";

/** The library, on its way while the first answers are. */
export const library = import("../vendor/echarts.js");

const TIMES = { year: "{yyyy}", month: "{MMM} {yyyy}", day: "{d} {MMM}", hour: "{HH}:{mm}", minute: "{HH}:{mm}" };

/** Options of every chart with a time axis; `marks` are the series. */
export function timeOptions(axes, marks, { zoomable = true } = {}) {
  return {
    ...base(),
    useUTC: true,
    grid: { left: 8, right: axes.length > 1 ? 8 : 16, top: 56, bottom: 8, containLabel: true },
    xAxis: {
      type: "time",
      ...axisLook(),
      splitLine: { show: false },
      axisLabel: { ...label(), hideOverlap: true, formatter: TIMES },
    },
    yAxis: axes.map((axis, place) => ({
      ...valueAxis(axis),
      position: place ? "right" : "left",
      splitLine: split(place === 0),
    })),
    toolbox: zoomable
      ? {
          itemSize: 0,
          left: -20,
          feature: { dataZoom: { yAxisIndex: "none", brushStyle: { color: colour("shade") } } },
        }
      : undefined,
    series: marks,
  };
}

/** What needs no axis. */
export function base() {
  return {
    animation: false,
    textStyle: { fontFamily: fontFamily() },
    aria: { enabled: false },
    legend: {
      type: "scroll",
      left: 8,
      top: 4,
      itemWidth: 14,
      itemHeight: 12,
      icon: "roundRect",
      textStyle: label(),
      pageTextStyle: label(),
      pageIconColor: colour("text"),
      pageIconInactiveColor: colour("line"),
    },
    tooltip: tooltip(),
  };
}

export function tooltip() {
  return {
    trigger: "axis",
    renderMode: "richText",
    confine: true,
    backgroundColor: colour("surface"),
    borderColor: colour("line-strong"),
    textStyle: { color: colour("text"), fontSize: 12, fontFamily: fontFamily() },
    axisPointer: { lineStyle: { color: colour("line-strong") }, crossStyle: { color: colour("line-strong") } },
  };
}

export function valueAxis({ name, min, max, formatter, scale = false }) {
  return {
    type: "value",
    name,
    nameTextStyle: { ...label(), align: "left" },
    nameGap: 10,
    min,
    max,
    scale,
    ...axisLook(),
    axisLabel: { ...label(), formatter },
  };
}

export function axisLook() {
  return {
    axisLine: { lineStyle: { color: colour("line-strong") } },
    axisTick: { show: false },
    axisLabel: label(),
    splitLine: split(true),
  };
}

export function label() {
  return { color: colour("muted"), fontSize: 12, fontFamily: fontFamily() };
}

function split(isShown) {
  return { show: isShown, lineStyle: { color: colour("line") } };
}

function fontFamily() {
  return colour("font");
}
