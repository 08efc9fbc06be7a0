// The time of energy that views show, kept in the address: `range=7d`, or `from` and `to` in periods, both shown. A range
// by name is the last hours that meters told of, and all that is planned after them.

import { periodTime } from "./format.js";
import { computed, signal } from "./html.js";
import { patch, route } from "./route.js";
import { metered } from "./summary.js";

export const PRESETS = [
  { key: "24h", label: "24 h", hours: 24 },
  { key: "3d", label: "3 d", hours: 72 },
  { key: "7d", label: "7 d", hours: 168 },
  { key: "30d", label: "30 d", hours: 720 },
  { key: "1y", label: "1 y", hours: 8_760 },
];
const NUMBER = /^\d{1,12}$/;
const FEW = 4;

/** Seconds of a period. */
export const period_s = signal(900);
/** What the last answer covers: {from, to}, both shown; null as long as there is none. */
export const shown = signal(null);
/** {from, to, key}: periods, both shown; null where the node chooses. */
export const range = computed(() => {
  const { from, to, range: key } = route.value.query;
  if (NUMBER.test(from) && NUMBER.test(to) && Number(from) <= Number(to)) {
    return { from: Number(from), to: Number(to), key: "" };
  }
  const preset = PRESETS.find((known) => known.key === key) ?? PRESETS[0];
  const newest = metered.value ?? null;
  const periods = (preset.hours * 3_600) / period_s.value;
  return { from: newest === null ? null : Math.max(0, newest + 1 - periods), to: null, key: preset.key };
});

/** Take note of what a series covers. */
export function noteSeries(document) {
  period_s.value = document.period_s;
  if (document.to_period < document.from_period) return;
  shown.value = { from: document.from_period, to: document.to_period };
}

/** Show these periods. */
export function setRange(from, to) {
  const begin = Math.max(0, Math.floor(from));
  patch({ range: null, from: begin, to: Math.max(begin + FEW - 1, Math.ceil(to)) });
}

/** Show a range by its name. */
export function setPreset(key) {
  patch({ range: key, from: null, to: null });
}

/** Show the time before (-1) or after (+1), by as much as is shown. */
export function shift(direction) {
  const bounds = bound();
  if (!bounds) return;
  const length = bounds.to - bounds.from + 1;
  setRange(bounds.from + direction * length, bounds.to + direction * length);
}

/** Show half as much (factor 0.5) or twice as much (2), around the middle. */
export function zoom(factor) {
  const bounds = bound();
  if (!bounds) return;
  const middle = (bounds.from + bounds.to) / 2;
  const half = ((bounds.to - bounds.from + 1) * factor) / 2;
  setRange(middle + 0.5 - half, middle - 0.5 + half);
}

/** The range in periods: as asked for, else as it was answered. */
export function bound() {
  const { from, to } = range.value;
  return to === null ? shown.value : { from, to };
}

/** When a period begins, in UTC. */
export function timeOf(period) {
  return periodTime(period, period_s.value);
}
