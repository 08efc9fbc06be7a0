import { Decoded } from "../../components/decoded.js";
import { Facts } from "../../components/facts.js";
import { Id, Member } from "../../components/identifier.js";
import { Panel } from "../../components/panel.js";
import { Empty, Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { ViewHead } from "../../components/view_head.js";
import { asOf, status } from "../../lib/freshness.js";
import { moment, number, plural } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useKeys } from "../../lib/keys.js";
import { useResource } from "../../lib/resource.js";
import { go, link } from "../../lib/route.js";
import { Events } from "./events.js";
import { Result } from "./columns.js";

/** One block: header, seals, what its transactions and the slot's hooks did. */
export function Block({ height }) {
  const block = useResource(/^\d{1,18}$/.test(height) ? `blocks/${height}` : "blocks/0", {}, { isLive: false });
  const here = Number(height);
  const newest = asOf.value?.head_height ?? here;
  useKeys(
    [
      ["ArrowLeft", "Block before", () => here > 1 && go(["blocks", here - 1])],
      ["ArrowRight", "Block after", () => here < newest && go(["blocks", here + 1])],
    ],
    [here, newest],
  );
  return html`<div class="view">
    <${ViewHead} title=${`Block ${number(here)}`}>
      <div class="group">
        <a class="button" href=${link(["blocks", Math.max(1, here - 1)])}>← Before</a>
        <a class="button" href=${link("blocks")}>All</a>
        <a class="button" href=${link(["blocks", Math.min(newest, here + 1)])}>After →</a>
      </div>
    </${ViewHead}>
    <${Loaded} resource=${block}>${(data) => html`<${Content} data=${data} />`}</${Loaded}>
  </div>`;
}

function Content({ data }) {
  const { header, seals, receipts, slot_events } = data;
  const slot_ms = status.value?.slot_ms;
  const facts = [
    ["Hash", html`<code>${header.hash}</code>`],
    ["Before it", html`<a class="mono" href=${link(["blocks", header.height - 1])}>${header.parent}</a>`],
    [
      "Time",
      slot_ms ? `${moment(header.slot * slot_ms)} UTC (slot ${number(header.slot)})` : `slot ${number(header.slot)}`,
    ],
    ["Proposed by", html`<${Member} address=${header.proposer} />`],
    [
      "Decided",
      `in round ${seals.round}, by ${plural(seals.members.length, "seal")} (places ${seals.members.join(", ")})`,
    ],
    ["State", html`<code>${header.state_root}</code>`],
    ["Transactions", html`<code>${header.transactions_root}</code>`],
    ["Version", header.version],
  ];
  return html`
    <${Panel} title="Header"><${Facts} items=${facts} /></${Panel}>
    <${Panel}
      title="Transactions"
      note=${plural(receipts.length, "transaction")}
      isFlush
    ><${Receipts} receipts=${receipts} /></${Panel}>
    <${Panel}
      title="What the slot did by itself"
      note=${plural(slot_events.length, "event")}
    ><${Events} events=${slot_events} /></${Panel}>
    <details class="panel raw"><summary>As the node tells it</summary><${Decoded} value=${data} /></details>`;
}

function Receipts({ receipts }) {
  if (!receipts.length) return html`<${Empty} title="No transactions in this block" />`;
  const columns = [
    {
      label: "Transaction",
      value: (item) => item.tx_id,
      show: (item) => html`<${Id} kind="transaction" id=${item.tx_id} />`,
    },
    { label: "Result", value: (item) => item.error, show: (item) => html`<${Result} item=${item} />` },
    {
      label: "Told",
      value: (item) => item.events.map((event) => event.name).join(", "),
      show: (item) => item.events.map((event) => `${event.contract}.${event.name}`).join(", "),
    },
    { label: "Steps", value: (item) => item.steps, show: (item) => number(item.steps), isRight: true, isWide: true },
  ];
  return html`<${Table}
    caption="Transactions of the block"
    columns=${columns}
    rows=${receipts}
    keyOf=${(item) => item.tx_id}
    open=${(item) => go(["blocks", "transaction", item.tx_id])}
    isTall
  />`;
}
