import { html, useEffect, useRef } from "../lib/html.js";
import { link } from "../lib/route.js";
import { openAlerts } from "../lib/summary.js";
import { VIEWS } from "../lib/views.js";

const ICONS = {
  overview: "M3 11l7-7 7 7M5 9.5V17h10V9.5",
  blocks: "M3 6.5L10 3l7 3.5v7L10 17l-7-3.5zM3 6.5l7 3.5 7-3.5M10 10v7",
  chain: "M3 5h4M3 10h8M3 15h12M15 5h2M15 10h2",
  validators: "M7 9a3 3 0 100-6 3 3 0 000 6zM2 17c0-3 2-5 5-5s5 2 5 5M13 11l2 2 3-4",
  dispatch: "M3 17V9M8 17V4M13 17v-6M18 17V7",
  storage: "M3 6h12v8H3zM15 9h2v2h-2M6 8.5v3M9 8.5v3",
  markets: "M3 4h4v5h5v4h5M3 17h5v-4",
  network: "M10 3v5M10 8L5 12M10 8l5 4M5 12v4M15 12v4M7 3h6",
  alerts: "M10 3l8 14H2zM10 8v4M10 14.5v.5",
};

/** Links to the views; on a phone a strip that keeps the current one in sight. */
export function Nav({ current }) {
  const place = useRef(null);
  useEffect(() => {
    const strip = place.current;
    const chosen = strip.querySelector("[aria-current]");
    strip.scrollLeft = chosen.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2;
  }, [current, openAlerts.value > 0]);
  return html`<div class="nav" ref=${place}>
    ${VIEWS.map(
      ({ name, title }) => html`<a key=${name} href=${link(name)} aria-current=${name === current ? "page" : undefined}>
      <svg viewBox="0 0 20 20" aria-hidden="true"><path d=${ICONS[name]} /></svg>
      ${title}
      ${name === "alerts" && openAlerts.value > 0 && html`<${Count} />`}
    </a>`,
    )}
  </div>`;
}

function Count() {
  return html`<span class="tag bad count">${openAlerts.value}<span class="sr-only"> open</span></span>`;
}
