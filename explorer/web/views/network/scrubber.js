import { quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { timeOf } from "../../lib/range.js";

/** Moves through events and their periods; what is chosen stands in the address. */
export function Scrubber({ data, event, period, choose }) {
  const chosen = String(event ?? data.event ?? "");
  const periods = data.periods ?? [];
  const last = Math.max(0, periods.length - 1);
  const place = Math.max(0, periods.indexOf(Number(period ?? data.period)));
  const move = (to) => choose({ event: chosen, period: periods[Math.min(last, Math.max(0, to))] });
  useKeys(
    [
      ["ArrowLeft", "Period before", () => move(place - 1)],
      ["ArrowRight", "Period after", () => move(place + 1)],
    ],
    [place, chosen, last],
  );
  if (!data.events.length) return null;
  const when = timeOf(periods[place]);
  return html`<div class="toolbar scrubber">
    <label>Event
      <select value=${chosen} onChange=${(change) => choose({ event: change.target.value, period: null })}>
        ${data.events.map((item) => html`<option
          key=${item.event}
          value=${String(item.event)}
        >${nameOf(item)}</option>`)}
      </select>
    </label>
    <div class="slide"><button
      type="button"
      aria-label="Period before"
      disabled=${place === 0}
      onClick=${() => move(place - 1)}
    >←</button>
    <input
      type="range"
      min="0"
      max=${last}
      value=${place}
      aria-label="Period"
      aria-valuetext=${`${when} UTC`}
      disabled=${last === 0}
      onInput=${(change) => move(Number(change.target.value))}
    />
    <button
      type="button"
      aria-label="Period after"
      disabled=${place === last}
      onClick=${() => move(place + 1)}
    >→</button></div>
    <output class="number">${when} UTC</output>
  </div>`;
}

function nameOf({ event, target_w }) {
  return target_w === null || target_w === undefined ? `Event ${event}` : `Event ${event}, ${quantity(target_w, "w")}`;
}
