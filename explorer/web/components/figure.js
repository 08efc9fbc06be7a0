import { csv, save, saveText } from "../lib/download.js";
import { html, useRef, useState } from "../lib/html.js";
import { colour } from "../lib/theme.js";
import { Canvas } from "./canvas.js";
import { Panel } from "./panel.js";
import { Empty } from "./states.js";
import { Table } from "./table.js";

/**
 * A chart with the table of the same numbers, both to be saved. `columns` and `rows` are the table's (table.js);
 * `name` is the files' name.
 */
export function Figure({ title, note, name, columns, rows, height = 300, extra, empty, children, ...canvas }) {
  const [isTable, showTable] = useState(false);
  const chart = useRef(null);
  const isEmpty = rows.length === 0;
  const tools = html`
    ${extra}
    <div class="group">
      <button
        type="button"
        aria-pressed=${isTable}
        disabled=${isEmpty}
        onClick=${() => showTable(!isTable)}
      >Table</button>
      <button
        type="button"
        disabled=${isEmpty}
        onClick=${() => saveText(csv(columns, rows), `${name}.csv`)}
      >CSV</button>
      <button
        type="button"
        disabled=${isEmpty || isTable}
        onClick=${() => savePicture(chart.current, `${name}.png`)}
      >PNG</button>
    </div>`;
  const shown = () =>
    isTable
      ? html`<${Table} caption=${title} columns=${columns} rows=${rows} />`
      : html`<${Canvas}
        label=${`${title}. The button Table shows its numbers.`}
        height=${height}
        handle=${chart}
        ...${canvas}
      />`;
  return html`<${Panel} title=${title} note=${note} tools=${tools} isFlush>
    ${isEmpty ? (empty ?? html`<${Empty} title="Nothing in this range" />`) : shown()}
    ${children}
  </${Panel}>`;
}

function savePicture(chart, name) {
  if (!chart) return;
  const url = chart.getDataURL({ pixelRatio: 2, backgroundColor: colour("surface") });
  const data = Uint8Array.from(atob(url.split(",")[1]), (character) => character.charCodeAt(0));
  save(new Blob([data], { type: "image/png" }), name);
}
