import { Id, Member, Stage } from "../../components/identifier.js";
import { Time } from "../../components/time.js";
import { moment, number, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";
import { timeOf } from "../../lib/range.js";

/** Columns of a list of blocks (components/table.js). */
export function blockColumns() {
  return [
    {
      label: "Height",
      value: (block) => block.height,
      show: (block) => html`<${Id} kind="block" id=${block.height} text=${number(block.height)} />`,
    },
    {
      label: "Time (UTC)",
      value: (block) => moment(block.time_ms),
      show: (block) => html`<${Time} ms=${block.time_ms} />`,
    },
    {
      label: "Energy period",
      value: (block) => timeOf(block.period),
      show: (block) => html`<span class="number">${timeOf(block.period)}</span>`,
      isWide: true,
    },
    {
      label: "Proposer",
      value: (block) => nameOf(block.proposer),
      show: (block) => html`<${Member} address=${block.proposer} />`,
      isWide: true,
    },
    {
      label: "Round",
      value: (block) => block.round,
      show: (block) => html`<span class=${block.round > 0 ? "tag warn" : ""}>${block.round}</span>`,
      isRight: true,
      isWide: true,
    },
    { label: "Signed", value: (block) => `${block.signers.length}/${block.committee}`, show: signed, isRight: true },
    { label: "Transactions", value: (block) => block.transactions, show: transactions, isRight: true },
    {
      label: "Size",
      value: (block) => block.bytes,
      show: (block) => quantity(block.bytes, "bytes"),
      isRight: true,
      isWide: true,
    },
  ];
}

function signed({ signers, committee }) {
  return html`<span title=${signers.map(nameOf).join(", ")}>${signers.length}/${committee}</span>`;
}

function transactions(block) {
  return html`${number(block.transactions)}${block.failed > 0 && html` <span class="tag bad">${block.failed} failed</span>`}`;
}

/** Columns of a list of transactions. */
export function transactionColumns() {
  return [
    {
      label: "Transaction",
      value: (item) => item.tx_id,
      show: (item) => html`<${Id} kind="transaction" id=${item.tx_id} />`,
    },
    { label: "Stage", value: (item) => item.stage, show: (item) => html`<${Stage} stage=${item.stage} />` },
    {
      label: "Action",
      value: (item) => `${item.contract}.${item.action}`,
      show: (item) => html`${item.contract} <strong>${item.action}</strong>`,
    },
    {
      label: "Sender",
      value: (item) => nameOf(item.sender),
      show: (item) => html`<${Member} address=${item.sender} />`,
      isWide: true,
    },
    {
      label: "Block",
      value: (item) => item.height,
      show: (item) => html`<${Id} kind="block" id=${item.height} text=${number(item.height)} />`,
      isRight: true,
      isWide: true,
    },
    { label: "Time (UTC)", value: (item) => moment(item.time_ms), isWide: true },
    {
      label: "Result",
      value: (item) => (item.ok ? "done" : item.error),
      show: (item) => html`<${Result} item=${item} />`,
    },
  ];
}

/** Done, or the error by its name. */
export function Result({ item }) {
  return item.ok
    ? html`<span class="tag good">done</span>`
    : html`<span class="tag bad">${item.error || "failed"}</span>`;
}
