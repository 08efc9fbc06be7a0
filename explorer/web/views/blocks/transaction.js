import { Decoded } from "../../components/decoded.js";
import { Facts } from "../../components/facts.js";
import { Id, Member, Stage, STAGES } from "../../components/identifier.js";
import { Panel } from "../../components/panel.js";
import { Proof } from "../../components/proof.js";
import { Loaded } from "../../components/states.js";
import { ViewHead } from "../../components/view_head.js";
import { number, short } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useResource } from "../../lib/resource.js";
import { link } from "../../lib/route.js";
import { Result } from "./columns.js";
import { Events } from "./events.js";

/** One transaction: what it asked, what became of it. */
export function Transaction({ id }) {
  const found = useResource(`transactions/${encodeURIComponent(id)}`, {}, { isLive: false });
  const stage = found.data?.transaction.stage;
  return html`<div class="view">
    <${ViewHead} title=${`Transaction ${short(id)}`}>
      <div class="toolbar">
        ${stage && html`<a class="button" href=${link(["chain", id])}>Its TDVA chain</a>`}
        ${found.data?.status === "final" && html`<${Proof} id=${id} />`}
      </div>
    </${ViewHead}>
    <${Loaded} resource=${found}>${(data) => html`<${Content} data=${data} />`}</${Loaded}>
  </div>`;
}

function Content({ data: { status, height, position, transaction, receipt } }) {
  const facts = [
    ["Identifier", html`<code>${transaction.tx_id}</code>`],
    ["Result", status === "waiting" ? "waits for a block" : html`<${Result} item=${receipt} />`],
    [
      "Block",
      status === "waiting" ? null : html`<${Id} kind="block" id=${height} text=${number(height)} />, place ${position}`,
    ],
    ["Action", html`${transaction.contract} <strong>${transaction.action}</strong>`],
    ["Stage", transaction.stage && html`<${Stage} stage=${transaction.stage} /> ${STAGES[transaction.stage]}`],
    [
      "Sender",
      html`<${Member} address=${transaction.sender} />, its transaction number ${number(transaction.sequence)}`,
    ],
    [
      "Links",
      transaction.links.length > 0 &&
        html`${transaction.links.map((other) => html`<${Id} kind="transaction" id=${other} key=${other} /> `)}`,
    ],
  ];
  return html`
    <${Panel} title="What it is"><${Facts} items=${facts.filter(([, value]) => value)} /></${Panel}>
    <${Panel} title="Arguments"><${Decoded} value=${transaction.arguments} /></${Panel}>
    ${receipt && html`<${Panel}
      title="What it did"
      note=${`${number(receipt.steps)} steps`}
    ><${Events} events=${receipt.events} /></${Panel}>`}`;
}
