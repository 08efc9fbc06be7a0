// The address of what is shown, after the `#`: view, selection, and a query that holds range and filters.

import { signal } from "./html.js";

export const route = signal(read());
addEventListener("hashchange", () => (route.value = read()));

function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/").map(decoded);
  return { view: view || "overview", rest, query: Object.fromEntries(new URLSearchParams(query)) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view: link("blocks", 12), link(["blocks", 12], {from: 3}). */
export function link(path, query = {}) {
  const parts = [path].flat().map((part) => encodeURIComponent(part));
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(kept).toString();
  return `#/${parts.join("/")}${text ? `?${text}` : ""}`;
}

/** Go to a view. */
export function go(path, query) {
  location.hash = link(path, query);
}

/** Change a part of the query; null takes a key away. Filters replace the entry in the browser's history. */
export function patch(changes, { isReplacing = true } = {}) {
  const { view, rest, query } = route.peek();
  const target = link([view, ...rest], { ...query, ...changes });
  if (target === location.hash) return;
  if (!isReplacing) {
    location.hash = target;
    return;
  }
  history.replaceState(null, "", target);
  route.value = read();
}
