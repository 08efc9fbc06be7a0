import { number } from "../../lib/format.js";
import { timeOf } from "../../lib/range.js";

/** When an alert began and was last seen, as text: by period of energy where it has one, else by block. */
export function whenOf(alert) {
  const text = (period, height) =>
    period === null || period === undefined ? `block ${number(height)}` : `${timeOf(period)} UTC`;
  return { first: text(alert.first_period, alert.first_height), last: text(alert.last_period, alert.last_height) };
}
