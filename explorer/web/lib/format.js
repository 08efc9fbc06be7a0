// Numbers, units, times and identifiers as people read them. Quantities come as integers in base units; the last
// word of a field's name is its unit, which decoded arguments are shown by.

export const MISSING = "–";
const CURRENCY = "¤";

const SCALES = { wh: "Wh", w: "W", var: "var", varh: "varh" };

/** A plain number with at most `digits` behind the point. */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return MISSING;
  return written(0, digits).format(value);
}

/** A quantity with its unit: quantity(12500, "wh") is "12.5 kWh". */
export function quantity(value, unit) {
  if (value === null || value === undefined) return MISSING;
  const amount = Number(value);
  const key = String(unit).toLowerCase();
  if (Object.hasOwn(SCALES, key)) return scaled(amount, SCALES[key]);
  if (Object.hasOwn(UNITS, key)) return UNITS[key](amount);
  return unit ? `${number(value)} ${unit}` : number(value);
}

const UNITS = {
  ukwh: (value) => `${CURRENCY}${fixed(value / 1e6, 4)}/kWh`,
  micro: (value) => money(value / 1e6),
  amount: (value) => money(value / 1e6),
  nano: (value) => money(value / 1e9),
  ppm: (value) => `${fixed(value / 1e4, 2)} %`,
  npu: (value) => `${fixed(value / 1e9, 4)} p.u.`,
  ms: (value) => duration(value),
  s: (value) => duration(value * 1e3),
  bytes: (value) => bytes(value),
  mv: (value) => `${fixed(value / 1e3, 2)} V`,
  mk: (value) => `${fixed(value / 1e3 - 273.15, 1)} °C`,
  permille: (value) => `${fixed(value / 10, 1)} %`,
};

/** A price without its unit, in the currency a kilowatt-hour. */
export function price(value_ukwh) {
  return value_ukwh === null || value_ukwh === undefined ? MISSING : fixed(Number(value_ukwh) / 1e6, 4);
}

/** The unit that a chart's axis shows, and what to divide base units by. */
export function axisUnit(unit, largest) {
  const key = String(unit).toLowerCase();
  if (Object.hasOwn(SCALES, key)) {
    if (largest >= 1e7) return { name: `M${SCALES[key]}`, divisor: 1e6 };
    return largest >= 1e4 ? { name: `k${SCALES[key]}`, divisor: 1e3 } : { name: SCALES[key], divisor: 1 };
  }
  return AXES[key] ?? { name: unit ?? "", divisor: 1 };
}

const AXES = {
  ukwh: { name: `${CURRENCY}/kWh`, divisor: 1e6 },
  ppm: { name: "%", divisor: 1e4 },
  npu: { name: "p.u.", divisor: 1e9 },
  mv: { name: "V", divisor: 1e3 },
  mk: { name: "K", divisor: 1e3 },
};

/** The unit that a field's name ends with, or "". */
export function unitOf(name) {
  const word = String(name).split("_").at(-1);
  return Object.hasOwn(SCALES, word) || Object.hasOwn(UNITS, word) ? word : "";
}

function scaled(value, unit) {
  const size = Math.abs(value);
  if (size >= 1e9) return `${fixed(value / 1e9, 2)} G${unit}`;
  if (size >= 1e6) return `${fixed(value / 1e6, 2)} M${unit}`;
  if (size >= 1e3) return `${fixed(value / 1e3, 2)} k${unit}`;
  return `${number(value)} ${unit}`;
}

function fixed(value, digits) {
  return written(digits, digits).format(value);
}

/** A format, made once: that takes as long as a thousand numbers. */
function written(least, most) {
  return (WRITTEN[`${least}-${most}`] ??= new Intl.NumberFormat("en", {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
  }));
}

const WRITTEN = {};

function money(value) {
  return `${value < 0 ? "−" : ""}${CURRENCY}${fixed(Math.abs(value), 2)}`;
}

function bytes(value) {
  if (value >= 1e6) return `${fixed(value / 1e6, 1)} MB`;
  return value >= 1e4 ? `${fixed(value / 1e3, 1)} kB` : `${number(value)} B`;
}

/** How long something took or is: "850 ms", "12 s", "3 min", "2 h", "5 d". */
export function duration(ms) {
  if (ms === null || ms === undefined) return MISSING;
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 120_000) return `${Math.round(ms / 1e3)} s`;
  if (size < 7_200_000) return `${Math.round(ms / 6e4)} min`;
  return size < 172_800_000 ? `${Math.round(ms / 3.6e6)} h` : `${Math.round(ms / 8.64e7)} d`;
}

/** A moment in UTC, to the second. */
export function moment(ms) {
  if (ms === null || ms === undefined) return MISSING;
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** A period's begin in UTC, to the minute. */
export function periodTime(period, period_s = 900) {
  if (period === null || period === undefined) return MISSING;
  return new Date(period * period_s * 1e3).toISOString().slice(0, 16).replace("T", " ");
}

/** A day (number since 1970) as a date. */
export function dayDate(day) {
  return day === null || day === undefined ? MISSING : new Date(day * 864e5).toISOString().slice(0, 10);
}

/** The begin and end of a long identifier. */
export function short(id, kept = 8) {
  const text = String(id ?? "");
  return text.length > kept + 6 ? `${text.slice(0, kept)}…${text.slice(-4)}` : text;
}

/** "1 block", "2 blocks". */
export function plural(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** "round_changes" as "Round changes". */
export function words(name) {
  const text = String(name ?? "")
    .replaceAll("_", " ")
    .replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
