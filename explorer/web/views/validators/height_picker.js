import { asOf } from "../../lib/freshness.js";
import { html } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { patch, route } from "../../lib/route.js";

const SIZES = [100, 400, 2_000, 10_000, 40_000];
const WORDS = { 100: "100", 400: "400", 2_000: "2 k", 10_000: "10 k", 40_000: "40 k" };

/** {from, to} in heights, both shown; the last 400 blocks unless the address says otherwise. */
export function heights() {
  const { from_height, to_height, blocks } = route.value.query;
  const head = asOf.value?.height ?? 0;
  if (/^\d{1,15}$/.test(from_height) && /^\d{1,15}$/.test(to_height)) {
    return { from: Number(from_height), to: Math.max(Number(to_height), Number(from_height)), size: 0 };
  }
  const size = SIZES.includes(Number(blocks)) ? Number(blocks) : 100;
  return { from: Math.max(1, head - size + 1), to: head, size };
}

/** Show these heights. */
export function setHeights(from, to) {
  const begin = Math.max(1, Math.round(from));
  patch({ from_height: begin, to_height: Math.max(begin, Math.round(to)), blocks: null });
}

/** Which heights are shown: the last so many, or moved from there. */
export function HeightPicker() {
  const { from, to, size } = heights();
  const move = (direction) => setHeights(from + direction * (to - from + 1), to + direction * (to - from + 1));
  useKeys(
    [
      ["[", "Earlier blocks", () => move(-1)],
      ["]", "Later blocks", () => move(1)],
    ],
    [from, to],
  );
  return html`<div class="toolbar" role="group" aria-label="Heights">
    <span class="muted small">Last blocks</span>
    <div class="group">
      ${SIZES.map((count) => html`<button
        type="button"
        key=${count}
        aria-pressed=${count === size}
        onClick=${() => patch({ blocks: count, from_height: null, to_height: null })}
      >${WORDS[count]}</button>`)}
    </div>
    <div class="group">
      <button type="button" aria-label="Earlier blocks" onClick=${() => move(-1)}>←</button>
      <button type="button" aria-label="Later blocks" onClick=${() => move(1)}>→</button>
    </div>
  </div>`;
}
