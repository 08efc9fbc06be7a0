// Names of members, asked once and again when one is not known; and how many alerts are open.

import { get } from "./api.js";
import { effect, signal } from "./html.js";
import { news } from "./live.js";
import { short } from "./format.js";

const members = signal(new Map());
/** How many alerts are open. */
export const openAlerts = signal(0);

let isAsked = false;
let missed = -Infinity;

/** A member's name, or the begin of its address. */
export function nameOf(address) {
  const known = members.value.get(address);
  if (!known) missAgain();
  return known?.name || short(address, 10);
}

/** The name of a member that is known already; undefined for anything else. */
export function knownName(address) {
  return members.value.get(address)?.name;
}

/** All members that are known: [{address, name, organisation, roles, is_validator}]. */
export function allMembers() {
  if (!members.value.size) missAgain();
  return [...members.value.values()];
}

function missAgain() {
  if (isAsked || performance.now() - missed < 10_000) return;
  isAsked = true;
  missed = performance.now();
  get("members")
    .then(({ items, members: listed }) => {
      members.value = new Map((items ?? listed).map((member) => [member.address, member]));
    })
    .catch(() => {})
    .finally(() => (isAsked = false));
}

/** Keep the number of open alerts, from whichever answer tells it. */
export function countAlerts(count) {
  openAlerts.value = count;
}

effect(() => {
  if (news.value % 5) return;
  get("overview")
    .then((document) => countAlerts(Object.values(document.alerts ?? {}).reduce((sum, count) => sum + count, 0)))
    .catch(() => {});
});
