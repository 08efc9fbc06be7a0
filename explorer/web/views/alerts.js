import { html } from "../lib/html.js";
import { route } from "../lib/route.js";
import { Alert } from "./alerts/alert.js";
import { AlertList } from "./alerts/alert_list.js";

/** What does not add up: #/alerts, #/alerts/ID. */
export function View() {
  const [id] = route.value.rest;
  return id ? html`<${Alert} id=${id} key=${id} />` : html`<${AlertList} />`;
}
