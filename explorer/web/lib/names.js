// Names of members, asked for once, and again when one is not known.

import { get } from "./api.js";
import { signal } from "./html.js";
import { short } from "./format.js";

const members = signal(new Map());

const PAUSE_MS = 10_000;
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
  if (isAsked || performance.now() - missed < PAUSE_MS) return;
  isAsked = true;
  missed = performance.now();
  get("members")
    .then(({ items }) => (members.value = new Map(items.map((member) => [member.address, member]))))
    .catch(() => {})
    .finally(() => (isAsked = false));
}
