import { RangePicker } from "../components/range_picker.js";
import { Save } from "../components/save.js";
import { ViewHead } from "../components/view_head.js";
import { html } from "../lib/html.js";
import { bound } from "../lib/range.js";
import { link, route } from "../lib/route.js";
import { Days } from "./dispatch/days.js";
import { DispatchCharts } from "./dispatch/charts.js";
import { Meter } from "./dispatch/meter.js";
import { MeterList } from "./dispatch/meter_list.js";

/** What was planned, and what meters say came of it: #/dispatch, #/dispatch/meters, #/dispatch/meters/ADDRESS. */
export function View() {
  const { rest, query } = route.value;
  if (rest[0] === "meters") return rest[1] ? html`<${Meter} address=${rest[1]} />` : html`<${MeterList} />`;
  const { from, to } = bound() ?? {};
  return html`<div class="view">
    <${ViewHead} title="Dispatch" text="The plan in force beside what was metered, by period of energy.">
      <div class="toolbar">
        <a class="button" href=${link(["dispatch", "meters"])}>Meters</a>
        <${Save} table="plans" query=${{ from_period: from, to_period: to }} />
      </div>
    </${ViewHead}>
    <${RangePicker} />
    <${DispatchCharts} site=${query.site} />
    <${Days} />
  </div>`;
}
