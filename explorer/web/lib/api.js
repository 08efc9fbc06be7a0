// Asking the node. Every answer that tells how old it is sets the page's clock (freshness.js).

import { signal } from "./html.js";
import { parse } from "./exact.js";
import { noteAsOf } from "./freshness.js";

const BASE = new URL("../api/v1/", document.baseURI);
const TOKEN_KEY = "gridquorum-token";
const TIMEOUT_MS = 20_000;

/** Whether the node has refused the token, or wants one. */
export const needsToken = signal(false);

/** What went wrong, as the node says it (RFC 9457), or as the browser does. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(title);
    this.status = status;
    this.title = title;
    this.detail = detail;
  }
}

/** The address of a route of /api/v1; parameters that are null or empty are left out. */
export function address(path, query = {}) {
  const url = new URL(path, BASE);
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(key, value);
  }
  return url;
}

/** A route's document. Throws Problem. */
export async function get(path, query, abort) {
  const response = await ask(address(path, query), { signal: abort });
  const document = parse(await response.text());
  if (document?.as_of) noteAsOf(document.as_of);
  return document;
}

/** Send a document, return the answer's. Throws Problem. */
export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await ask(address(path), { method: "POST", headers, body: JSON.stringify(body) });
  return parse((await response.text()) || "null");
}

/** A route's bytes, to be saved. Throws Problem. */
export async function bytes(path, query) {
  return (await ask(address(path, query))).blob();
}

export function token() {
  return sessionStorage.getItem(TOKEN_KEY) ?? "";
}

export function setToken(text) {
  sessionStorage.setItem(TOKEN_KEY, text.trim());
  needsToken.value = false;
}

async function ask(url, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const abort = options.signal ? AbortSignal.any([options.signal, late]) : late;
  const response = await reach(url, { ...options, headers, signal: abort, cache: "no-store" });
  if (response.ok) return response;
  if (response.status === 401) needsToken.value = true;
  throw await problemOf(response);
}

async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const isLate = error.name === "TimeoutError";
    throw new Problem(0, isLate ? "The node takes too long to answer" : "The node cannot be reached", "");
  }
}

/** "NotFound" as "Not found". */
function apart(name) {
  return String(name).replace(/([a-z])([A-Z])/g, (_both, end, begin) => `${end} ${begin.toLowerCase()}`);
}

async function problemOf(response) {
  try {
    const document = await response.json();
    return new Problem(response.status, apart(document.title), String(document.detail ?? ""));
  } catch {
    return new Problem(response.status, response.statusText || `HTTP ${response.status}`, "");
  }
}
