// Light or dark: as the system has it, unless the reader chose.

import { effect, signal } from "./html.js";

const KEY = "gridquorum-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** "light" or "dark" */
export const theme = signal(localStorage.getItem(KEY) ?? (system.matches ? "dark" : "light"));

system.addEventListener("change", () => {
  if (!localStorage.getItem(KEY)) theme.value = system.matches ? "dark" : "light";
});
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function switchTheme() {
  theme.value = theme.peek() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, theme.peek());
}

/** A colour of the design (tokens.css) as canvases need it. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
