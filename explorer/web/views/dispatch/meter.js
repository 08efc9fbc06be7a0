import { RangePicker } from "../../components/range_picker.js";
import { SeriesChart } from "../../components/series_chart.js";
import { Loaded } from "../../components/states.js";
import { ViewHead } from "../../components/view_head.js";
import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";
import { link } from "../../lib/route.js";
import { useSeries } from "../../lib/use_series.js";

const TONES = [
  "series-buy",
  "series-sell",
  "series-charge",
  "series-discharge",
  "series-generation",
  "series-load",
  "series-price",
  "series-price-2",
];

/** What was not metered, but follows from it. */
const DERIVED = ["delivered_wh"];

/** What one meter told. */
export function Meter({ address }) {
  const series = useSeries(`meters/${encodeURIComponent(address)}/readings`);
  return html`<div class="view">
    <${ViewHead}
      title=${nameOf(address)}
      text=${`Meter ${address}`}
    ><a class="button" href=${link(["dispatch", "meters"])}>All meters</a></${ViewHead}>
    <${RangePicker} />
    <${Loaded} resource=${series}>
      ${(document) => html`<${SeriesChart}
        title="Readings"
        name=${`meter-${address.slice(0, 12)}`}
        document=${document}
        looks=${looksOf(document)}
        height=${360}
      />`}
    </${Loaded}>
  </div>`;
}

function looksOf(document) {
  return Object.fromEntries(
    document.series.map((series, place) => [
      series.key,
      {
        colour: TONES[place % TONES.length],
        kind: series.kind === "bar" ? "step" : undefined,
        isMetered: !DERIVED.includes(series.key),
      },
    ]),
  );
}
