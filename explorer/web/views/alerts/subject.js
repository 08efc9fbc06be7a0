import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";
import { targetOf } from "../../lib/targets.js";

const KINDS = { meter: "meter", market: "contract", validator: "member" };

/** Whom an alert is about, as a link where there is something to see. */
export function Subject({ alert: { subject_kind, subject } }) {
  const kind = KINDS[subject_kind];
  if (!kind) return html`${subject}`;
  const text = kind === "contract" ? subject : nameOf(subject);
  return html`<span class="muted">${subject_kind}</span> <a
    href=${targetOf({ kind, id: subject })}
    title=${subject}
  >${text}</a>`;
}
