import { Facts } from "../../components/facts.js";
import { Id } from "../../components/identifier.js";
import { Panel } from "../../components/panel.js";
import { Loaded } from "../../components/states.js";
import { ViewHead } from "../../components/view_head.js";
import { moment, number, quantity, words } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useResource } from "../../lib/resource.js";
import { link } from "../../lib/route.js";
import { Acknowledge } from "./acknowledge.js";
import { causeOf } from "./cause.js";
import { Severity, State } from "./severity.js";
import { Subject } from "./subject.js";
import { whenOf } from "./when.js";

/** One alert: its evidence, where to look, and who has seen it. */
export function Alert({ id }) {
  const alert = useResource(`alerts/${encodeURIComponent(id)}`);
  return html`<div class="view">
    <${ViewHead} title=${alert.data?.title ?? "Alert"}><a class="button" href=${link("alerts")}>All alerts</a></${ViewHead}>
    <${Loaded} resource=${alert}>${(data) => html`<${Content} data=${data} reload=${alert.reload} />`}</${Loaded}>
  </div>`;
}

function Content({ data, reload }) {
  const { first, last } = whenOf(data);
  const cause = causeOf(data);
  const known = data.acknowledgement;
  const numbers = data.evidence.map((item) => [words(item.name), quantity(item.value, item.unit)]);
  const facts = [
    ["Severity", html`<${Severity} severity=${data.severity} />`],
    ["State", html`<${State} state=${data.state} />`],
    ["Rule", html`<a href=${link("alerts", { rule: data.rule, state: "all" })}>${words(data.rule)}</a>`],
    ["Subject", html`<${Subject} alert=${data} />`],
    ["From", first],
    ["To", last],
    ["Seen", `${number(data.count)} time${data.count === 1 ? "" : "s"}`],
    [
      "Found in",
      data.first_height !== null &&
        data.first_height !== undefined &&
        html`<${Id} kind="block" id=${data.first_height} text=${`block ${number(data.first_height)}`} />`,
    ],
    ["Opened", data.openings > 1 && `${data.openings} times`],
    ["Acknowledged", known && `${moment(known.at_ms)} UTC by ${known.by}: ${known.note}`],
  ];
  return html`
    <${Panel}
      title="What happened"
      tools=${cause && html`<a class="button" href=${cause}>Show the cause →</a>`}
    ><${Facts} items=${facts.filter(([, value]) => value)} /></${Panel}>
    <${Panel} title="Evidence"><${Facts} items=${numbers} /></${Panel}>
    ${data.state === "open" && html`<${Acknowledge} id=${data.id} done=${reload} />`}`;
}
