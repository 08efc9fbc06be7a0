import { html } from "../lib/html.js";
import { route } from "../lib/route.js";
import { Process } from "./chain/process.js";
import { ProcessList } from "./chain/process_list.js";

/** Energy processes, trigger to accounting: #/chain, #/chain/ID of any of its transactions. */
export function View() {
  const [id] = route.value.rest;
  return id ? html`<${Process} id=${id} key=${id} />` : html`<${ProcessList} />`;
}
