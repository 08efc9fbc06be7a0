import { ViewHead } from "../components/view_head.js";
import { html } from "../lib/html.js";
import { link, route } from "../lib/route.js";
import { Block } from "./blocks/block.js";
import { BlockList } from "./blocks/block_list.js";
import { Strip } from "./blocks/strip.js";
import { Transaction } from "./blocks/transaction.js";
import { TransactionList } from "./blocks/transaction_list.js";

/** Blocks as they come, and what is in them: #/blocks, #/blocks/HEIGHT, #/blocks/transaction/ID. */
export function View() {
  const { rest, query } = route.value;
  if (rest[0] === "transaction") return html`<${Transaction} id=${rest[1] ?? ""} />`;
  if (rest[0]) return html`<${Block} height=${rest[0]} />`;
  const isTransactions = query.list === "transactions";
  return html`<div class="view">
    <${ViewHead}
      title="Blocks"
      text="Each one is final when it is here: more than two thirds of the committee signed it."
    >
      <div class="group">
        <a class="button" href=${link("blocks")} aria-current=${isTransactions ? undefined : "true"}>Blocks</a>
        <a
          class="button"
          href=${link("blocks", { list: "transactions" })}
          aria-current=${isTransactions ? "true" : undefined}
        >Transactions</a>
      </div>
    </${ViewHead}>
    <${Strip} />
    ${isTransactions ? html`<${TransactionList} />` : html`<${BlockList} />`}
  </div>`;
}
