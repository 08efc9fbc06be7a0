import { age, asOf, isOld, standing, status } from "../lib/freshness.js";
import { duration, moment, number } from "../lib/format.js";
import { html } from "../lib/html.js";

const LOOKS = {
  live: "good",
  archive: "",
  wait: "",
  lost: "bad",
  index: "warn",
  indexing: "warn",
  node: "warn",
  quiet: "warn",
};
const WORDS = {
  live: "Live",
  archive: "Archive",
  wait: "Connecting",
  lost: "Not connected",
  index: "Stale index",
  indexing: "Being indexed",
  node: "Behind",
  quiet: "No blocks",
};

/** In two words how live the page is, and how old its newest block. */
export function Connection() {
  const { kind } = standing.value;
  const height = asOf.value?.height ?? status.value?.height;
  const title = asOf.value ? `Block ${number(height)} of ${moment(asOf.value.time_ms)} UTC` : "";
  const old = kind === "archive" || age.value === null ? "" : ` · ${duration(1_000 * Math.floor(age.value / 1_000))}`;
  return html`<span
    class=${`pill ${LOOKS[kind]}`}
    role="status"
    title=${title}
    data-kind=${kind}
    data-old=${isOld.value}
  >
    ${WORDS[kind]}<span class="number muted" aria-hidden="true">${old}</span>
  </span>`;
}
