// What keeps the page up to date: the feed, the node's status, and a count that views reload by.

import { address, get, token } from "./api.js";
import { asOf, connection, nodeNow, noteAsOf, retryAt, status } from "./freshness.js";
import { batch, signal } from "./html.js";
import { Feed } from "./socket.js";

const STATUS_MS = 5_000;
const BLOCKS_KEPT = 60;
const PROTOCOL = "gridquorum";

/** Goes up when there is something new to ask for, at most every two seconds. */
export const news = signal(0);
/** The newest blocks that came by the feed, newest first. */
export const liveBlocks = signal([]);

const NEWS_MS = 2_000;
let newsTimer = 0;

const feed = new Feed(dial, ["blocks", "alerts", "processes", "status"], {
  onMessage: take,
  onState: (state, wait) =>
    batch(() => {
      connection.value = state;
      retryAt.value = performance.now() + wait;
    }),
});

/** Begin to follow the node. */
export function follow() {
  feed.connect();
  askStatus();
  setInterval(askStatus, STATUS_MS);
  addEventListener("online", () => feed.connect());
  addEventListener("visibilitychange", () => !document.hidden && announce());
}

/** Try again now, if the connection is lost. */
export function reconnect() {
  feed.connect();
  askStatus();
}

function dial() {
  const url = address("ws");
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url, protocols());
}

/** A browser sends no headers with a WebSocket, so the token goes as a subprotocol, in base64url. */
function protocols() {
  if (!token()) return [PROTOCOL];
  const coded = btoa(String.fromCodePoint(...new TextEncoder().encode(token())));
  return [PROTOCOL, `bearer.${coded.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`];
}

function take(message) {
  if (message.as_of) noteAsOf(message.as_of);
  if (message.topic === "blocks") takeBlock(message);
  if (message.topic === "gap") liveBlocks.value = [];
  if (message.topic === "status") noteStatus(message.data);
  announce();
}

/** If another chain answers by now, nothing that the page has is of it: it begins anew. */
function noteStatus(told) {
  const known = status.peek();
  if (known && known.chain !== told.chain) location.reload();
  else status.value = { ...known, ...told };
}

function takeBlock({ height, data }) {
  const known = liveBlocks.peek();
  if (known.length && height <= known[0].height) return;
  liveBlocks.value = [data, ...known].slice(0, BLOCKS_KEPT);
  const before = asOf.peek();
  const head_height = Math.max(height, before?.head_height ?? 0);
  const now_ms = Math.max(data.time_ms, before ? nodeNow.peek() : 0);
  noteAsOf({ height, slot: data.slot, time_ms: data.time_ms, head_height, behind: head_height - height, now_ms });
}

function announce() {
  if (newsTimer || document.hidden) return;
  newsTimer = setTimeout(() => {
    newsTimer = 0;
    news.value += 1;
  }, NEWS_MS);
}

async function askStatus() {
  try {
    noteStatus(await get("status"));
    if (!feed.isOpen && connection.peek() !== "open") return;
  } catch (problem) {
    if (problem.status === 0) connection.value = "lost";
  }
}
