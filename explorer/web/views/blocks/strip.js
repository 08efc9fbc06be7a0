import { Panel } from "../../components/panel.js";
import { Empty } from "../../components/states.js";
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { moveAmongRows } from "../../lib/keys.js";
import { liveBlocks } from "../../lib/live.js";
import { nameOf } from "../../lib/names.js";
import { useResource } from "../../lib/resource.js";
import { link } from "../../lib/route.js";

const SHOWN = 40;
const FULL_BYTES = 20_000;

/** The newest blocks, the last at the left: as high as they are big, marked where one round was not enough. */
export function Strip() {
  const first = useResource("blocks", { limit: SHOWN }, { isLive: liveBlocks.value.length < SHOWN });
  const blocks = merged(liveBlocks.value, first.data?.items ?? []);
  return html`<${Panel} title="As they come" note="higher is bigger · amber needed more than one round">
    ${
      blocks.length === 0
        ? html`<${Empty} title="No blocks yet" />`
        : html`<ol class="strip" onKeyDown=${moveAmongRows}>
      ${blocks.map((block, place) => html`<${Bar} key=${block.height} block=${block} isFirst=${place === 0} />`)}
    </ol>`
    }
  </${Panel}>`;
}

function Bar({ block, isFirst }) {
  const fill = 12 + 88 * Math.min(1, Math.sqrt(block.bytes / FULL_BYTES));
  const signed = `${block.signers.length} of ${block.committee} signed`;
  const made = `${block.transactions} transactions, ${signed}, round ${block.round}, by ${nameOf(block.proposer)}`;
  const text = `Block ${number(block.height)}: ${made}`;
  return html`<li>
    <a
      href=${link(["blocks", block.height])}
      data-row
      tabindex=${isFirst ? 0 : -1}
      class=${block.round > 0 ? "late" : ""}
      title=${text}
      aria-label=${text}
    >
      <span class="bar" style=${{ height: `${fill}%` }} />
      <span class="number">${isFirst ? number(block.height) : ""}</span>
    </a>
  </li>`;
}

function merged(live, listed) {
  const known = new Map([...listed, ...live].map((block) => [block.height, block]));
  return [...known.values()].sort((one, other) => other.height - one.height).slice(0, SHOWN);
}
