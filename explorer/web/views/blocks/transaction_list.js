import { Pages } from "../../components/pages.js";
import { Panel } from "../../components/panel.js";
import { Save } from "../../components/save.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { html } from "../../lib/html.js";
import { STAGES } from "../../components/identifier.js";
import { nameOf } from "../../lib/names.js";
import { go, patch, route } from "../../lib/route.js";
import { transactionColumns } from "./columns.js";

const FILTERS = ["contract", "action", "sender", "stage", "ok"];

/** All transactions, newest first, filtered by what the address says. */
export function TransactionList() {
  const query = Object.fromEntries(FILTERS.map((name) => [name, route.value.query[name]]));
  const chosen = (name) => (event) => patch({ [name]: event.target.value });
  const tools = html`
    ${["sender", "contract", "action"]
      .filter((name) => query[name])
      .map(
        (name) => html`<button type="button" key=${name} onClick=${() => patch({ [name]: null })}>
      ${name}: ${name === "sender" ? nameOf(query.sender) : query[name]} ✕</button>`,
      )}
    <label class="small muted">Stage${" "}
      <select value=${query.stage ?? ""} onChange=${chosen("stage")}>
        <option value="">all</option>
        ${Object.entries(STAGES).map(([stage, name]) => html`<option key=${stage} value=${stage}>${name}</option>`)}
      </select></label>
    <label class="small muted">Result${" "}
      <select value=${query.ok ?? ""} onChange=${chosen("ok")}>
        <option value="">all</option><option value="true">done</option><option value="false">failed</option>
      </select></label>
    <${Save} table="transactions" />`;
  const empty = html`<${Empty} title="No transactions">None fits what was chosen.</${Empty}>`;
  return html`<${Panel} title="All transactions" tools=${tools} isFlush>
    <${Pages} path="transactions" query=${query} empty=${empty}>
      ${(items) => html`<${Table}
        caption="Transactions"
        columns=${transactionColumns()}
        rows=${items}
        keyOf=${(item) => item.tx_id}
        open=${(item) => go(["blocks", "transaction", item.tx_id])}
        isTall
      />`}
    </${Pages}>
  </${Panel}>`;
}
