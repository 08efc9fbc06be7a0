import { needsToken } from "../lib/api.js";
import { age, asOf, elapsed, isOld, retryAt, standing, status } from "../lib/freshness.js";
import { duration, moment, number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { reconnect } from "../lib/live.js";

/** Says when what is shown is not the present, why, and from when it is; and what the node warns of. */
export function Banner() {
  const warnings = status.value?.warnings ?? [];
  const isShut = needsToken.value && asOf.value === null;
  return html`
    ${isOld.value && !isShut && html`<${NotLive} />`}
    ${warnings.map((text) => html`<div class="banner" key=${text}>${text}</div>`)}`;
}

function NotLive() {
  const { kind, title, text } = standing.value;
  const since =
    age.value === null
      ? ""
      : `Shown: block ${number(asOf.value.height)} of ${moment(asOf.value.time_ms)} UTC, ${duration(age.value)} ago.`;
  return html`<div class=${kind === "lost" ? "banner bad" : "banner"} data-banner=${kind}>
    <div><strong role="alert">${title}</strong>${text} ${since}</div>
    ${kind === "lost" && html`<${Retry} />`}
  </div>`;
}

function Retry() {
  const wait_ms = retryAt.value - elapsed.value;
  const soon = wait_ms > 1_000 ? `Try now (${Math.ceil(wait_ms / 1_000)} s)` : "Try now";
  return html`<button type="button" onClick=${reconnect}>${soon}</button>`;
}
