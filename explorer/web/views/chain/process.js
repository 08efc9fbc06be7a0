import { Loaded } from "../../components/states.js";
import { Id } from "../../components/identifier.js";
import { Stats } from "../../components/stats.js";
import { ViewHead } from "../../components/view_head.js";
import { moment, number, short } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { useResource } from "../../lib/resource.js";
import { link } from "../../lib/route.js";
import { Lane } from "./lane.js";
import { Standing } from "./process_list.js";

const STAGES = ["T", "D", "V", "A"];

/** One process as four lanes; a card shows what it links to, and what links to it. */
export function Process({ id }) {
  const process = useResource(`processes/${encodeURIComponent(id)}`);
  const [pointed, point] = useState(null);
  return html`<div class="view">
    <${ViewHead} title=${process.data?.label || `Process ${short(id)}`}>
      <a class="button" href=${link("chain")}>All processes</a>
    </${ViewHead}>
    <${Loaded} resource=${process}>
      ${(data) => html`
        <${Stats} items=${figures(data)} />
        <div class="lanes" onKeyDown=${moveAmongLanes} onMouseLeave=${() => point(null)}>
          ${STAGES.map((stage) => html`<${Lane}
            key=${stage}
            stage=${stage}
            cards=${data.lanes[stage] ?? []}
            total=${totals(data)[stage]}
            related=${related(data, pointed)}
            pointed=${pointed}
            point=${point}
          />`)}
        </div>`}
    </${Loaded}>
  </div>`;
}

function figures(data) {
  return [
    { label: "Contract", value: data.contract },
    { label: "Stands at", value: html`<${Standing} item=${data} />` },
    {
      label: "Began",
      value: html`<${Id} kind="block" id=${data.opened_height} text=${`block ${number(data.opened_height)}`} />`,
      note: `${moment(data.opened_ms)} UTC`,
    },
    {
      label: "Last in",
      value: html`<${Id} kind="block" id=${data.last_height} text=${`block ${number(data.last_height)}`} />`,
    },
  ];
}

function totals(data) {
  return { T: data.triggers, D: data.dispatches, V: data.verifications, A: data.accountings };
}

/** The transactions that the pointed one links to, or that link to it. */
function related(data, pointed) {
  if (!pointed) return new Set();
  const cards = STAGES.flatMap((stage) => data.lanes[stage] ?? []);
  const own = cards.find((card) => card.tx_id === pointed)?.links ?? [];
  return new Set([...own, ...cards.filter((card) => card.links.includes(pointed)).map((card) => card.tx_id)]);
}

function moveAmongLanes(event) {
  const card = event.target.closest("[data-card]");
  if (!card || card !== event.target) return;
  const target = cardFor(event.key, card, [...event.currentTarget.querySelectorAll(".lane")]);
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function cardFor(key, card, lanes) {
  const cards = (lane) => [...(lane?.querySelectorAll("[data-card]") ?? [])];
  const column = lanes.indexOf(card.closest(".lane"));
  const place = cards(lanes[column]).indexOf(card);
  if (key === "ArrowDown") return cards(lanes[column])[place + 1];
  if (key === "ArrowUp") return cards(lanes[column])[place - 1];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  const beside = step && cards(lanes[column + step]);
  return beside && (beside[place] ?? beside.at(-1));
}
