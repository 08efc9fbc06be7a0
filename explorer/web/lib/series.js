// Series of the API as a chart draws them: bars that stack, lines, steps, bands of low and high; missing ones marked.

import { label, timeOptions, tooltip } from "./echarts.js";
import { axisUnit, number, periodTime, plural, quantity } from "./format.js";
import { colour } from "./theme.js";

/** Zero in a stack: it has to have a sign, or it would lie on top of what has the other one. */
const TINY = 1e-6;

/** From so many on, the bars of a series are drawn with one stroke. */
const MANY_BARS = 100;

/** Options of ECharts for a document of series. */
export function seriesOptions(document, shown, looks, missing) {
  const units = [...new Set(shown.map((series) => series.unit))];
  const scales = units.map((unit) => axisUnit(unit, largest(shown, unit)));
  const axes = scales.map((scale) => ({ name: scale.name, formatter: (value) => number(value, 4) }));
  const marks = shown.flatMap((series) => {
    const axis = units.indexOf(series.unit);
    return drawn(series, looks[series.key], document, scales[axis].divisor, axis);
  });
  if (marks.length && missing.areas.length) marks[0].markArea = shaded(missing.areas);
  const options = timeOptions(axes.length ? axes : [{}], marks);
  options.legend.data = shown.map((series) => looks[series.key].name ?? series.name);
  options.tooltip = { ...tooltip(), formatter: (points) => told(points, document, shown, looks) };
  return options;
}

/** What to shade: points that a metered series has no value for, or one of a part of them; and a sentence about it. */
export function marksOf(shown, document, looks) {
  const metered = shown.filter((series) => looks[series.key].isMetered);
  const isMissing = (place) => metered.some((series) => isGap(series, place));
  const missing = places(document, isMissing);
  const partial = places(
    document,
    (place) => !isMissing(place) && metered.some((series) => isPartial(series, document, place)),
  );
  const corrected = places(document, (place) => isCorrected(document, place));
  const text = [
    missing.length && `${plural(missing.length, "point")} missing`,
    partial.length && `${plural(partial.length, "point")} partial`,
    corrected.length && `${plural(corrected.length, "point")} corrected (*)`,
  ];
  const areas = [...runs(document, missing, "no data"), ...runs(document, partial, "partial")];
  return { areas, text: text.filter(Boolean).join(", ") };
}

/** Whether a point's value is of a part of its periods, or of the meters that it sums. */
export function isPartial(series, { step }, place) {
  return series.values[place] !== null && series.known[place] < step;
}

/** Whether a point has a reading that was corrected or estimated. */
export function isCorrected({ corrected, periods }, place) {
  return corrected?.includes(periods[place]) ?? false;
}

/** In words, what a partial value is of. */
export function partOf(series, { step }, place) {
  return step === 1 ? "not of all meters" : `of ${series.known[place]} of ${step} periods`;
}

function isGap(series, place) {
  const last = series.values.findLastIndex((value) => value !== null);
  return series.values[place] === null && place < last;
}

function places(document, isOne) {
  return [...document.periods.keys()].filter(isOne);
}

/** Areas from begin to end, in ms, of points that follow each other; the first one is named. */
function runs(document, list, name) {
  const areas = [];
  for (const place of list) {
    const begin = at(document, place);
    const last = areas.at(-1);
    if (last?.end === begin) last.end = begin + lasting(document);
    else areas.push({ name: areas.length ? "" : name, begin, end: begin + lasting(document) });
  }
  return areas;
}

function shaded(areas) {
  return {
    silent: true,
    itemStyle: { color: colour("shade") },
    label: { ...label(), fontSize: 11, position: "insideTop" },
    data: areas.map(({ name, begin, end }) => [{ xAxis: begin, name }, { xAxis: end }]),
  };
}

function largest(shown, unit) {
  const values = shown
    .filter((series) => series.unit === unit)
    .flatMap((series) => [...series.values, ...(series.high ?? [])]);
  return values.reduce((most, value) => Math.max(most, Math.abs(Number(value ?? 0))), 0);
}

function drawn(series, look, document, divisor, axis) {
  const sign = look.negative ? -1 : 1;
  const kind = look.kind ?? series.kind;
  const isOutline = look.stack && kind === "step";
  const nothing = look.stack ? TINY : 0;
  const late_ms = kind === "bar" ? lasting(document) / 2 : 0;
  const points = (values) =>
    values.map((value, place) => [
      at(document, place) + late_ms,
      value === null ? null : (sign * (Number(value) || nothing)) / divisor,
    ]);
  const tone = colour(look.colour);
  const data = points(series.values);
  const mark = {
    name: look.name ?? series.name,
    yAxisIndex: axis,
    data: kind === "step" ? toTheEnd(data, document) : data,
    color: tone,
    ...shapeOf(kind, look, tone),
  };
  if (isOutline) mark.data = withoutRest(mark.data);
  const hasBand = document.step > 1 && series.low && series.high && !look.stack;
  return hasBand ? [mark, ...band(series, look, points, tone, axis)] : [mark];
}

/** A step lasts until its point's end, that of the last one and of one before a gap too. */
function toTheEnd(data, document) {
  if (!data.length) return data;
  const [begin, last] = data.at(-1);
  const held = data.map(([time, value], place) => [time, value ?? data[place - 1]?.[1] ?? null]);
  return [...held, [begin + lasting(document), last]];
}

/** An outline is not drawn where nothing flows, as it would lie on that of another; where it ends, it goes down. */
function withoutRest(data) {
  const isRest = (place) => place < 0 || Math.abs(data[place][1] ?? 0) <= TINY;
  return data.map(([time, value], place) => [time, isRest(place) && isRest(place - 1) ? null : value]);
}

/** The begin of a point; a bar covers all of it, and is drawn at its middle. */
function at(document, place) {
  return document.periods[place] * document.period_s * 1e3;
}

/** How much time a point stands for, in milliseconds. */
function lasting({ step, period_s }) {
  return step * period_s * 1e3;
}

function shapeOf(kind, look, tone) {
  if (kind === "bar")
    return {
      type: "bar",
      large: true,
      largeThreshold: MANY_BARS,
      stack: look.stack,
      barCategoryGap: "8%",
      barMaxWidth: 28,
      itemStyle: { color: tone, opacity: look.isPale ? 0.35 : 1 },
    };
  const line = {
    type: "line",
    showSymbol: false,
    connectNulls: false,
    lineStyle: { width: look.width ?? 2, color: tone, type: look.dash ?? "solid" },
  };
  const area = look.area ? { areaStyle: { color: tone, opacity: 0.18 } } : {};
  return { ...line, ...area, stack: look.stack, step: kind === "step" ? "end" : false, z: 3 };
}

function band(series, look, points, tone, axis) {
  const low = points(series.low);
  const high = points(series.high);
  const rise = low.map(([time, value], place) => [
    time,
    value === null || high[place][1] === null ? null : Math.abs(high[place][1] - value),
  ]);
  const foot = low.map(([time, value], place) => [time, value === null ? null : Math.min(value, high[place][1])]);
  const shape = {
    type: "line",
    stack: `band-${series.key}`,
    stackStrategy: "all",
    yAxisIndex: axis,
    showSymbol: false,
    silent: true,
    lineStyle: { opacity: 0 },
    color: tone,
    z: 1,
  };
  return [
    { ...shape, name: `${series.key} low`, data: foot },
    { ...shape, name: `${series.key} high`, data: rise, areaStyle: { color: tone, opacity: 0.15 } },
  ];
}

function told(points, document, shown, looks) {
  const list = [points].flat();
  if (!list.length) return "";
  const place = Math.min(list[0].dataIndex, document.periods.length - 1);
  const period = document.periods[place];
  const lines = shown.map((series) => {
    const name = looks[series.key].name ?? series.name;
    const value = series.values[place];
    const part = isPartial(series, document, place) ? ` (${partOf(series, document, place)})` : "";
    return `${plain(name)}: ${value === null ? "no data" : quantity(value, series.unit)}${part}`;
  });
  if (isCorrected(document, place)) lines.push("corrected or estimated");
  const until = document.step > 1 ? ` + ${document.step} periods` : "";
  return [`${periodTime(period, document.period_s)} UTC${until}`, ...lines].join("\n");
}

/** Text for a rich text of ECharts, in which braces would name a style. */
export function plain(text) {
  return String(text).replace(/[{}|]/g, " ");
}
