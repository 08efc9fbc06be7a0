// How old what the page shows is, and whether it may be called live. The node's clock counts, not the reader's:
// an answer says when it was given (`now_ms`), and from then on this page only measures how long ago that was.

import { number, plural } from "./format.js";
import { computed, signal } from "./html.js";

const BEHIND_BLOCKS = 3;
const QUIET_SLOTS = 4;
const QUIET_MS = 15_000;

/** Milliseconds since the page was opened, ticking every second. */
export const elapsed = signal(performance.now());
setInterval(() => (elapsed.value = performance.now()), 1_000);

/** The newest statement of how far the index is: {height, slot, time_ms, head_height, behind, now_ms}. */
export const asOf = signal(null);
/** The node's word on itself (/status), or null. */
export const status = signal(null);
/** "connecting" | "open" | "lost" */
export const connection = signal("connecting");
/** When the next attempt to connect is made, in milliseconds since the page was opened. */
export const retryAt = signal(0);

let heardAt = performance.now();

/** Take note of a newer `as_of`. */
export function noteAsOf(stated) {
  const known = asOf.peek();
  if (known && (stated.now_ms ?? 0) < known.now_ms && stated.height <= known.height) return;
  heardAt = performance.now();
  asOf.value = stated;
}

/** The node's time now, as far as the page can tell. */
export const nodeNow = computed(() => {
  const passed = Math.max(0, elapsed.value - heardAt);
  return asOf.value?.now_ms ? asOf.value.now_ms + passed : Date.now();
});

/** Age of the newest block that is shown, in milliseconds; null if there is none. */
export const age = computed(() => {
  if (!asOf.value?.time_ms) return null;
  return Math.max(0, nodeNow.value - asOf.value.time_ms);
});

/** What may be said of the data: {kind, title, text}; components/connection.js has all kinds. */
export const standing = computed(() => {
  if (connection.value === "lost") return LOST;
  if (!asOf.value && !status.value) return WAITING;
  const behind = asOf.value?.behind ?? 0;
  if (status.value && !status.value.ready && isBehind(status.value)) return nodeBehind(status.value);
  if (behind > 0 && status.value?.archive) return beingIndexed(asOf.value);
  if (behind > BEHIND_BLOCKS) return indexBehind(behind);
  if (status.value?.archive) return ARCHIVE;
  if (isQuiet()) return QUIET;
  if (status.value && !status.value.ready) return notReady(status.value);
  return connection.value === "open" ? LIVE : WAITING;
});

/** Whether the data must not be taken for the present. */
export const isOld = computed(() => !["live", "archive", "wait"].includes(standing.value.kind));

const LIVE = { kind: "live", title: "Live", text: "" };
const WAITING = { kind: "wait", title: "Connecting", text: "" };
const ARCHIVE = { kind: "archive", title: "Archive", text: "A stored chain; nothing is added to it." };
const LOST = {
  kind: "lost",
  title: "Not live: the connection to the node is lost",
  text: "What you see is the last that came, and may have changed since.",
};
const QUIET = {
  kind: "quiet",
  title: "Not live: the chain has made no block for some time",
  text: "The committee may lack a quorum. What you see is as of the last block.",
};

function isBehind(stated) {
  return (stated.target ?? 0) > (stated.height ?? 0) + 1;
}

function nodeBehind(stated) {
  const text = `It has block ${number(stated.height)} of ${number(stated.target)}. What you see is the past, until it has caught up.`;
  return { kind: "node", title: "Not live: this node is behind the chain", text };
}

function notReady(stated) {
  return {
    kind: "node",
    title: "Not live: this node is not in step with the chain",
    text: String(stated.reason ?? ""),
  };
}

function beingIndexed({ height, head_height }) {
  const text = `${number(height)} of ${plural(head_height, "block")} are indexed; the rest follows.`;
  return { kind: "indexing", title: "Not all of the chain is shown yet", text };
}

function indexBehind(behind) {
  const text = `Its index is ${plural(behind, "block")} behind the chain that the node has. What you see is the past.`;
  return { kind: "index", title: "Not live: the explorer's index is stale", text };
}

function isQuiet() {
  const slot_ms = status.value?.slot_ms ?? 5_000;
  return age.value !== null && age.value > Math.max(QUIET_MS, QUIET_SLOTS * slot_ms);
}
