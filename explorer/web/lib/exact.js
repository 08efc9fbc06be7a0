// JSON whose integers stay exact: those that a float cannot hold become BigInts.

const LONG_INTEGER = /\d{16}/;
const INTEGER = /^-?\d+$/;

/** Parse JSON; an integer beyond 2^53 comes back as a BigInt. */
export function parse(text) {
  return LONG_INTEGER.test(text) ? JSON.parse(text, exact) : JSON.parse(text);
}

function exact(_key, value, context) {
  const isInexact = typeof value === "number" && !Number.isSafeInteger(value);
  return isInexact && INTEGER.test(context?.source) ? BigInt(context.source) : value;
}

/** JSON for people to read, BigInts as the digits that they are. */
export function pretty(value) {
  return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? item.toString() : item), 2);
}
