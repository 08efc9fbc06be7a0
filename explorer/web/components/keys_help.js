import { html } from "../lib/html.js";
import { bindings } from "../lib/keys.js";

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
const ALWAYS = [
  ["↑ ↓", "Move among rows"],
  ["Enter", "Open a row"],
];

/** Show the list of keys. */
export function showKeys() {
  document.getElementById("keys").showModal();
}

/** All keys that do something now. */
export function KeysHelp() {
  const bound = bindings.value.map(({ key, text }) => [NAMES[key] ?? key, text]);
  return html`<dialog id="keys" aria-labelledby="keys-title">
    <h2 id="keys-title">Keys</h2>
    <dl class="keys">
      ${[...ALWAYS, ...bound].map(([key, text]) => html`<div key=${key + text}><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`)}
    </dl>
    <form method="dialog"><button>Close</button></form>
  </dialog>`;
}
