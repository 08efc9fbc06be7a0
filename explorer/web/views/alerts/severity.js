import { words } from "../../lib/format.js";
import { html } from "../../lib/html.js";

export const SEVERITIES = ["critical", "warning", "info"];
const LOOKS = { critical: "bad", warning: "warn", info: "accent" };
const STATES = { open: "bad", acknowledged: "warn", closed: "good" };

/** How bad it is. */
export function Severity({ severity }) {
  return html`<span class=${`tag ${LOOKS[severity] ?? ""}`}>${words(severity)}</span>`;
}

/** Whether it goes on, and whether somebody has seen it. */
export function State({ state }) {
  return html`<span class=${`tag ${STATES[state] ?? ""}`}>${state}</span>`;
}
