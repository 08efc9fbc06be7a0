import { MISSING, moment } from "../lib/format.js";
import { html } from "../lib/html.js";

/** A moment in UTC; on a phone, the time of the day alone. */
export function Time({ ms }) {
  if (ms === null || ms === undefined) return MISSING;
  const [date, time] = moment(ms).split(" ");
  return html`<time
    class="number"
    datetime=${`${date}T${time}Z`}
    title=${`${date} ${time} UTC`}
  ><span class="wide">${date} </span>${time}</time>`;
}
