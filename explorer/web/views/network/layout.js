// Where the buses of a network are drawn: a tree from the first bus on, each branch on a row of its own. Lines that close a
// loop are drawn, and do not change the places.

/** {at: Map of bus number to [x, y], leaves, depth}; what cannot be reached from the first bus comes below. */
export function placed(buses, lines) {
  const next = neighbours(buses, lines);
  const at = new Map();
  let row = 0;
  let depth = 0;
  for (const { number } of buses) {
    if (at.has(number)) continue;
    const tree = walk(number, next, at);
    row = rows(tree, at, row);
    depth = Math.max(depth, ...tree.map(({ x }) => x));
  }
  return { at, leaves: row, depth };
}

function neighbours(buses, lines) {
  const next = new Map(buses.map((bus) => [bus.number, []]));
  for (const { source, target } of lines) {
    next.get(source)?.push(target);
    next.get(target)?.push(source);
  }
  return next;
}

/** The buses that hang together with `root`, nearest first: [{number, x, children}]. */
function walk(root, next, at) {
  const nodes = [{ number: root, x: 0, children: [] }];
  at.set(root, null);
  for (let place = 0; place < nodes.length; place++) {
    const node = nodes[place];
    for (const number of next.get(node.number) ?? []) {
      if (at.has(number)) continue;
      at.set(number, null);
      const child = { number, x: node.x + 1, children: [] };
      node.children.push(child);
      nodes.push(child);
    }
  }
  return nodes;
}

/** Give each end of the tree a row, and each fork the middle of its branches; the first row that is free then. */
function rows(tree, at, first) {
  let row = first;
  const stack = [tree[0]];
  while (stack.length) {
    const node = stack.pop();
    if (!node.children.length) node.y = row++;
    stack.push(...[...node.children].reverse());
  }
  for (const node of [...tree].reverse()) {
    if (node.children.length) node.y = (node.children[0].y + node.children.at(-1).y) / 2;
    at.set(node.number, [node.x, node.y]);
  }
  return row;
}
