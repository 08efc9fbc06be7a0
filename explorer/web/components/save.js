import { saveRoute } from "../lib/download.js";
import { html, useState } from "../lib/html.js";

/** Downloads a table of the index, all of it within a range, as CSV or Parquet. */
export function Save({ table, query = {} }) {
  const [state, setState] = useState("");
  const save = async (format) => {
    setState("saving …");
    const trouble = await saveRoute(`export/${table}`, { format, ...query }, `${table}.${format}`).then(
      () => "",
      (error) => error.title,
    );
    setState(trouble);
  };
  return html`<div class="group" role="group" aria-label=${`Export ${table}`}>
      <button type="button" onClick=${() => save("csv")}>CSV</button>
      <button type="button" onClick=${() => save("parquet")}>Parquet</button>
    </div>
    ${state && html`<span class="small muted" role="status">${state}</span>`}`;
}
