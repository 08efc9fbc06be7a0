// The limits of a storage as series, so that its charge is seen within them.

const CHARGE = ["soc", "soc_planned"];

/** The answer of /storage/series with two more series, lowest and highest, where its charge and its limits are known. */
export function withLimits(document) {
  const { limits, series } = document;
  const isKnown = series.some(({ key, values }) => CHARGE.includes(key) && values.some((value) => value !== null));
  if (!limits || !isKnown) return document;
  const level = (key, name, value_wh) => ({
    key,
    name,
    unit: "Wh",
    kind: "line",
    values: document.periods.map(() => value_wh),
    known: document.periods.map(() => document.step),
  });
  const lines = [
    level("highest", "Highest allowed", limits.highest_wh),
    level("lowest", "Lowest allowed", limits.lowest_wh),
  ];
  return { ...document, series: [...lines, ...series] };
}
