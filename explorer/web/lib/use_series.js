import { useEffect } from "./html.js";
import { noteSeries, range } from "./range.js";
import { useResource } from "./resource.js";
import { metered } from "./summary.js";
import { width } from "./width.js";

const PX_A_POINT = 3;

/** Series of a route over the page's range (resource.js), with no more points than the screen can show. */
export function useSeries(path, query = {}) {
  const { from, to } = range.value;
  const points = Math.min(2_000, Math.floor(width.value / PX_A_POINT));
  const asked = { ...query, from_period: from, to_period: to, points };
  const isReady = metered.value !== undefined;
  const found = useResource(isReady ? path : null, asked, { isLive: to === null, isKept: true });
  useEffect(() => {
    if (found.data) noteSeries(found.data);
  }, [found.data]);
  return found;
}

/** Whether no value of any series is known. */
export function isBlank(document) {
  return document.series.every((series) => series.values.every((value) => value === null));
}
