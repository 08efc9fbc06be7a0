import { html, useMemo } from "../lib/html.js";
import { MISSING, periodTime, quantity } from "../lib/format.js";
import { setRange } from "../lib/range.js";
import { isCorrected, isPartial, marksOf, partOf, seriesOptions } from "../lib/series.js";
import { Figure } from "./figure.js";

/**
 * Series of the API over the energy axis. `looks` says for each key how it is drawn: {colour, stack, negative, axis,
 * kind, name}; series without a look are left out. Dragging over it sets the page's range.
 */
export function SeriesChart({ title, note, name, document, looks, height, extra, empty }) {
  const shown = useMemo(() => document.series.filter((series) => looks[series.key]), [document, looks]);
  const hasValues = shown.some((series) => series.values.some((value) => value !== null));
  const rows = hasValues ? document.periods.map((period, place) => ({ period, place })) : [];
  const missing = marksOf(shown, document, looks);
  const choose = (event) => {
    const { startValue, endValue } = event.batch?.[0] ?? event;
    if (startValue === undefined) return;
    const period_ms = document.period_s * 1e3;
    setRange(startValue / period_ms, endValue / period_ms - 1);
  };
  return html`<${Figure}
    title=${title}
    note=${[note, missing.text].filter(Boolean).join(" · ")}
    name=${name}
    height=${height}
    extra=${extra}
    empty=${empty}
    columns=${columnsOf(shown, document)}
    rows=${rows}
    version=${versionOf(document, shown)}
    options=${() => seriesOptions(document, shown, looks, missing)}
    onEvents=${{ datazoom: choose }}
    isSelecting
  />`;
}

function columnsOf(shown, document) {
  const time = { label: "Period (UTC)", value: ({ period }) => periodTime(period, document.period_s) };
  return [time, ...shown.flatMap((series) => columnsOfSeries(series, document))];
}

function columnsOfSeries(series, document) {
  const column = (values, label, show = cellOf) => ({
    label,
    value: ({ place }) => values?.[place] ?? null,
    show: ({ place }) => show(series, values?.[place] ?? null, document, place),
    isRight: true,
  });
  const { name, unit } = series;
  const isPart = document.periods.some((_period, place) => isPartial(series, document, place));
  return [
    column(series.values, `${name} (${unit})`, mainCellOf),
    ...(isPart ? [column(series.known, `${name}, periods known`, (_series, known) => known)] : []),
    ...(series.low ? [column(series.low, `${name}, lowest (${unit})`)] : []),
    ...(series.high ? [column(series.high, `${name}, highest (${unit})`)] : []),
  ];
}

function mainCellOf(series, value, document, place) {
  const text = cellOf(series, value, document, place);
  return isPartial(series, document, place)
    ? html`<em title=${partOf(series, document, place)}>${text} ◐</em>`
    : text;
}

function cellOf(series, value, document, place) {
  if (value === null) return MISSING;
  const text = quantity(value, series.unit);
  return isCorrected(document, place) ? html`<em title="corrected or estimated">${text} *</em>` : text;
}

function versionOf(document, shown) {
  const { from_period, to_period, step, as_of } = document;
  return [from_period, to_period, step, as_of?.height, shown.map((series) => series.key)].join();
}
