import { Pages } from "../../components/pages.js";
import { Panel } from "../../components/panel.js";
import { Save } from "../../components/save.js";
import { Empty } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { html } from "../../lib/html.js";
import { allMembers } from "../../lib/names.js";
import { go, patch, route } from "../../lib/route.js";
import { blockColumns } from "./columns.js";

/** All blocks, newest first, of one proposer if chosen. */
export function BlockList() {
  const { proposer } = route.value.query;
  const validators = allMembers().filter((member) => member.is_validator);
  const tools = html`
    <label class="small muted">Proposer${" "}
      <select value=${proposer ?? ""} onChange=${(event) => patch({ proposer: event.target.value })}>
        <option value="">all</option>
        ${validators.map(({ address, name }) => html`<option key=${address} value=${address}>${name}</option>`)}
      </select>
    </label>
    <${Save} table="blocks" />`;
  return html`<${Panel} title="All blocks" tools=${tools} isFlush>
    <${Pages} path="blocks" query=${{ proposer }} empty=${html`<${Empty} title="No blocks" />`}>
      ${(items) => html`<${Table}
        caption="Blocks"
        columns=${blockColumns()}
        rows=${items}
        keyOf=${(block) => block.height}
        open=${(block) => go(["blocks", block.height])}
        isTall
      />`}
    </${Pages}>
  </${Panel}>`;
}
