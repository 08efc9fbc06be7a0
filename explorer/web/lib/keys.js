// The keys of the page. A component says what its keys do for as long as it is shown.

import { signal, useLayoutEffect } from "./html.js";

/** What is bound now: [{keys, text, run}], the newest last, which goes first. */
export const bindings = signal([]);

const TYPING = new Set(["INPUT", "SELECT", "TEXTAREA"]);

/** Bind keys while the component is shown: useKeys([["ArrowLeft", "Older block", () => ...]]). */
export function useKeys(table, dependencies = []) {
  useLayoutEffect(() => {
    const added = table.map(([key, text, run]) => ({ key, text, run }));
    bindings.value = [...bindings.peek(), ...added];
    return () => {
      bindings.value = bindings.peek().filter((binding) => !added.includes(binding));
    };
  }, dependencies);
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (TYPING.has(event.target.tagName) || document.querySelector("dialog[open]")) return;
  const binding = bindings.peek().findLast((known) => known.key === event.key);
  if (!binding) return;
  event.preventDefault();
  binding.run();
});

/** Arrow keys, Home and End move among the rows of a list; put it on the list's `onKeyDown`. */
export function moveAmongRows(event) {
  const row = event.target.closest("[data-row]");
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...event.currentTarget.querySelectorAll("[data-row]")];
  const target = rowFor(event.key, rows, rows.indexOf(row));
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function rowFor(key, rows, place) {
  if (key === "ArrowDown" || key === "ArrowRight") return rows[Math.min(place + 1, rows.length - 1)];
  if (key === "ArrowUp" || key === "ArrowLeft") return rows[Math.max(place - 1, 0)];
  if (key === "Home") return rows[0];
  return key === "End" ? rows.at(-1) : null;
}
