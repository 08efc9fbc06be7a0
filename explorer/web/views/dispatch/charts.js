import { Panel } from "../../components/panel.js";
import { SeriesChart } from "../../components/series_chart.js";
import { Empty, Loaded } from "../../components/states.js";
import { html } from "../../lib/html.js";
import { link } from "../../lib/route.js";
import { isBlank, useSeries } from "../../lib/use_series.js";
import { SitePicker } from "./site_picker.js";
import { DEVIATION_LOOKS, FLOW_LOOKS, LOAD_LOOKS, PRICE_LOOKS } from "./looks.js";

/** Plan against metered, prices, and how far both are apart. */
export function DispatchCharts({ site }) {
  const series = useSeries("dispatch/series", { site });
  const empty = html`<${Panel} title="Plan and metered"><${Empty} title="Nothing was planned or metered here">
    This chain has no storage that is dispatched, or nothing is known of this time. <a href=${link(["dispatch", "meters"])}>Meters</a>
  </${Empty}></${Panel}>`;
  return html`<${Loaded} resource=${series} isEmpty=${isBlank} empty=${empty}>
    ${(document) => html`
      <${SeriesChart}
        title="Plan and metered"
        note="filled: planned · lines: metered"
        name="dispatch"
        document=${document}
        extra=${html`<${SitePicker} sites=${document.sites ?? []} site=${site ?? ""} />`}
        looks=${FLOW_LOOKS}
        height=${380}
      />
      <div class="columns">
        <${SeriesChart}
          title="Generation and load"
          note="of the sites behind the meters"
          name="dispatch-load"
          document=${document}
          looks=${LOAD_LOOKS}
          height=${240}
        />
        <${SeriesChart} title="Prices" name="dispatch-prices" document=${document} looks=${PRICE_LOOKS} height=${240} />
        <${SeriesChart}
          title="Deviation from the plan"
          note="net import as metered less as planned"
          name="dispatch-deviation"
          document=${document}
          looks=${DEVIATION_LOOKS}
          height=${240}
        />
      </div>`}
  </${Loaded}>`;
}
