import { useEffect } from "./html.js";
import { noteSeries, range } from "./range.js";
import { useResource } from "./resource.js";
import { width } from "./width.js";

const PX_A_POINT = 2;

/** Series of a route over the page's range (resource.js), with no more points than the screen can show. */
export function useSeries(path, query = {}) {
  const { from, to } = range.value;
  const points = Math.min(2_000, Math.floor(width.value / PX_A_POINT));
  const asked = { ...query, from_period: from, to_period: to, points };
  const found = useResource(path, asked, { isLive: to === null, isKept: true });
  useEffect(() => {
    if (found.data) noteSeries(found.data);
  }, [found.data]);
  return found;
}
