// How wide a chart can be, in steps, so that a series is asked for as finely as the screen shows, and no finer.

import { signal } from "./html.js";

const STEP_PX = 200;

/** The page's width, rounded up to whole steps. */
export const width = signal(rounded());
addEventListener("resize", () => (width.value = rounded()));

function rounded() {
  return STEP_PX * Math.ceil(Math.min(innerWidth, 1_600) / STEP_PX);
}
