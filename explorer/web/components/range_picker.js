import { html } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { bound, period_s, PRESETS, range, setPreset, setRange, shift, timeOf, zoom } from "../lib/range.js";

/** Which time of energy is shown: by name, by moving and zooming, or from and to. */
export function RangePicker() {
  const { key } = range.value;
  const { from, to } = bound() ?? { from: null, to: null };
  useKeys([
    ["[", "Earlier", () => shift(-1)],
    ["]", "Later", () => shift(1)],
    ["+", "Zoom in", () => zoom(0.5)],
    ["-", "Zoom out", () => zoom(2)],
  ]);
  const text = (period) => (period === null ? "" : timeOf(period).replace(" ", "T"));
  const take = (name) => (event) => {
    const period = Date.parse(`${event.target.value}Z`) / 1e3 / period_s.value;
    if (Number.isNaN(period) || from === null) return;
    if (name === "from") setRange(period, Math.max(to, period));
    else setRange(Math.min(from, period - 1), period - 1);
  };
  return html`<div class="toolbar" role="group" aria-label="Time range">
    <div class="group">
      ${PRESETS.map((preset) => html`<button
        type="button"
        key=${preset.key}
        aria-pressed=${key === preset.key}
        onClick=${() => setPreset(preset.key)}
      >${preset.label}</button>`)}
    </div>
    <div class="group">
      <button type="button" onClick=${() => shift(-1)} aria-label="Earlier">←</button>
      <button type="button" onClick=${() => zoom(0.5)} aria-label="Zoom in">+</button>
      <button type="button" onClick=${() => zoom(2)} aria-label="Zoom out">−</button>
      <button type="button" onClick=${() => shift(1)} aria-label="Later">→</button>
    </div>
    <div class="group wide">
      <input
        type="datetime-local"
        step=${period_s.value}
        aria-label="From (UTC)"
        value=${text(from)}
        onChange=${take("from")}
      />
      <input
        type="datetime-local"
        step=${period_s.value}
        aria-label="To (UTC)"
        value=${text(to === null ? null : to + 1)}
        onChange=${take("to")}
      />
    </div>
    <span class="muted small">UTC<span class="wide"> · drag over a chart to zoom</span></span>
  </div>`;
}
