// Where on the page something is shown.

import { link } from "./route.js";

const TARGETS = {
  block: (id) => link(["blocks", id]),
  transaction: (id) => link(["blocks", "transaction", id]),
  process: (id) => link(["chain", id]),
  member: (id) => link("blocks", { list: "transactions", sender: id }),
  meter: (id) => link(["dispatch", "meters", id]),
  contract: (id) => link("blocks", { list: "transactions", contract: id }),
};

/** The address of {kind, id}. */
export function targetOf({ kind, id }) {
  return TARGETS[kind]?.(String(id)) ?? link("overview");
}
