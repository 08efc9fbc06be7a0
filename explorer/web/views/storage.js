import { Panel } from "../components/panel.js";
import { RangePicker } from "../components/range_picker.js";
import { SeriesChart } from "../components/series_chart.js";
import { Empty, Loaded } from "../components/states.js";
import { ViewHead } from "../components/view_head.js";
import { html } from "../lib/html.js";
import { patch, route } from "../lib/route.js";
import { isBlank, useSeries } from "../lib/use_series.js";
import { CHARGE_LOOKS, ENERGY_LOOKS, POWER_LOOKS, RESERVED_LOOKS } from "./storage/looks.js";
import { withLimits } from "./storage/limits.js";
import { StoragePicker } from "./storage/storage_picker.js";

/** State of charge within its limits, power, and what of the capacity is reserved. */
export function View() {
  const { meter } = route.value.query;
  const series = useSeries("storage/series", { meter });
  const empty = html`<${Panel} title="State of charge">
    <${Empty} title="Nothing is known of a storage here">This chain has none, or nothing is known of this time.</${Empty}>
  </${Panel}>`;
  return html`<div class="view">
    <${ViewHead}
      title="Storage"
      text="What the storage holds: as planned, as its controller tells, and as it is metered."
    >
      <${StoragePicker} meter=${meter ?? series.data?.meter} choose=${(address) => patch({ meter: address })} />
    </${ViewHead}>
    <${RangePicker} />
    <${Loaded} resource=${series} isEmpty=${isBlank} empty=${empty}>
      ${(document) => html`
        <${SeriesChart}
          title="State of charge"
          note="dashed: limits"
          name="storage-charge"
          document=${withLimits(document)}
          looks=${CHARGE_LOOKS}
          height=${340}
        />
        <div class="columns">
          <${SeriesChart}
            title="Power"
            note="+ charges, − discharges"
            name="storage-power"
            document=${document}
            looks=${POWER_LOOKS}
            height=${260}
          />
          <${SeriesChart}
            title="Charged and discharged"
            name="storage-energy"
            document=${document}
            looks=${ENERGY_LOOKS}
            height=${260}
          />
          ${isReserved(document) &&
          html`<${SeriesChart}
            title="Reserved by capacity rights"
            note="what they may call in their whole window"
            name="storage-reserved"
            document=${document}
            looks=${RESERVED_LOOKS}
            height=${260}
          />`}
        </div>`}
    </${Loaded}>
  </div>`;
}

/** Whether capacity rights reserve or take anything here; most chains sell none. */
function isReserved({ series }) {
  return !isBlank({ series: series.filter(({ key }) => RESERVED_LOOKS[key]) });
}
