// Where on the page the cause of an alert is seen.

import { link } from "../../lib/route.js";

const OWN = /^#\/[a-z]+(\/[\w%.~-]+)*(\?[\w%=&.+~-]*)?$/;

/** The alert's own link, if it leads to a place of this page and to nothing else; null without one. */
export function causeOf({ link: told, first_height }) {
  if (OWN.test(told ?? "")) return told;
  return first_height ? link(["blocks", first_height]) : null;
}
