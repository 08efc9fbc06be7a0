import { Panel } from "../../components/panel.js";
import { Empty } from "../../components/states.js";
import { number, quantity, words } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { link } from "../../lib/route.js";

/** The last 24 hours of energy, by kind, as bars of the same scale; and how many of the readings are there. */
export function EnergyDay({ energy, readings, readings_due }) {
  const kinds = Object.entries(energy ?? {}).filter(([, value_wh]) => value_wh !== null);
  const most = Math.max(1, ...kinds.map(([, value_wh]) => Math.abs(Number(value_wh))));
  const part = readings < readings_due && ` · ${number(readings)} of ${number(readings_due)} readings`;
  return html`<${Panel}
    title="Energy of the last 24 hours"
    note=${`as metered${part || ""}`}
    tools=${html`<a href=${link("dispatch")}>Dispatch</a>`}
  >
    ${kinds.length === 0 && html`<${Empty} title="Nothing was metered in these hours" />`}
    <dl class="bars">
      ${kinds.map(
        ([name, value_wh]) => html`<div key=${name}>
        <dt>${words(name.replace(/_wh$/, ""))}</dt>
        <dd><span class="track" aria-hidden="true"><span
          class=${`fill ${name.replace(/_wh$/, "")}`}
          style=${{ width: `${(100 * Math.abs(Number(value_wh))) / most}%` }}
        /></span><span class="number">${quantity(value_wh, "wh")}</span></dd>
      </div>`,
      )}
    </dl>
  </${Panel}>`;
}
