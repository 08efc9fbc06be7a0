import { library } from "../lib/echarts.js";
import { html, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { theme } from "../lib/theme.js";

/** The library paints large charts in several frames, and fails in the next one if it was disposed of between them. */
const PAINTED_MS = 500;

/**
 * A chart of ECharts. `options()` is asked anew when `version` or the theme changes; `onEvents` maps the library's
 * events to functions. `handle` (a ref) gets the chart, for pictures. With `isSelecting`, dragging chooses a part.
 */
export function Canvas({ label, height, options, version, onEvents = {}, handle, isSelecting = false }) {
  const place = useRef(null);
  const [chart, setChart] = useState(null);

  useLayoutEffect(() => {
    const surface = place.current;
    let made = null;
    let isGone = false;
    library.then(({ init }) => {
      if (isGone || !surface.isConnected) return;
      made = init(surface, null, { renderer: "canvas" });
      setChart(made);
    });
    const sizes = new ResizeObserver(() => made?.resize());
    sizes.observe(surface);
    return () => {
      isGone = true;
      sizes.disconnect();
      setTimeout(() => made?.dispose(), PAINTED_MS);
    };
  }, []);

  const look = theme.value;
  useLayoutEffect(() => {
    if (!chart) return;
    const isSelectable = isSelecting && matchMedia("(pointer: fine)").matches;
    // An action draws all anew, and what waits for it with the same stroke.
    chart.setOption(options(), { notMerge: true, lazyUpdate: isSelectable });
    if (isSelectable) select(chart);
    if (handle) handle.current = chart;
    place.current.dataset.drawn = version;
  }, [chart, version, look]);

  useLayoutEffect(() => {
    if (!chart) return undefined;
    const bound = Object.entries(onEvents);
    for (const [name, run] of bound) chart.on(name, run);
    return () => bound.forEach(([name, run]) => !chart.isDisposed() && chart.off(name, run));
  });

  return html`<div class="chart" ref=${place} role="img" aria-label=${label} style=${{ height: `${height}px` }} />`;
}

function select(chart) {
  chart.dispatchAction({ type: "takeGlobalCursor", key: "dataZoomSelect", dataZoomSelectActive: true });
}
