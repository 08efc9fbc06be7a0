import { Member } from "../../components/identifier.js";
import { Panel } from "../../components/panel.js";
import { Loaded } from "../../components/states.js";
import { Table } from "../../components/table.js";
import { status } from "../../lib/freshness.js";
import { duration, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { nameOf } from "../../lib/names.js";
import { useResource } from "../../lib/resource.js";

const SKEW_MS = 500;

/** The committee now, as this node sees it: who is connected, how far, and whose clock differs. */
export function Committee() {
  const committee = useResource("committee");
  const peers = useResource("peers");
  return html`<${Loaded} resource=${committee}>
    ${(
      data,
    ) => html`<${Panel}
      title="The committee now"
      note=${`quorum ${data.committee.quorum}; up to ${data.committee.faulty_max} may fail`}
      isFlush
    >
      <${Table}
        caption="Committee"
        columns=${columns()}
        rows=${rowsOf(data, peers.data?.peers ?? [])}
        keyOf=${(row) => row.address}
        isTall
      />
    </${Panel}>
    <${Coming} data=${data} />`}
  </${Loaded}>`;
}

function rowsOf(data, peers) {
  const own = status.value?.address;
  return data.committee.validators.map((address, place) => {
    const peer = peers.find((known) => known.address === address);
    return { place, address, peer, isOwn: address === own };
  });
}

function columns() {
  return [
    {
      label: "Validator",
      value: (row) => nameOf(row.address),
      show: (row) => html`<${Member} address=${row.address} />`,
    },
    { label: "Place", value: (row) => row.place, isRight: true, isWide: true },
    { label: "Organisation", value: (row) => row.peer?.organisation, isWide: true },
    { label: "Seen", value: seen, show: (row) => html`<span class=${`tag ${lookOf(row)}`}>${seen(row)}</span>` },
    { label: "At block", value: (row) => heightOf(row), show: (row) => number(heightOf(row)), isRight: true },
    { label: "Clock offset", value: (row) => row.peer?.clock_offset_ms, show: offset, isRight: true },
  ];
}

function lookOf(row) {
  if (row.isOwn || row.peer) return "good";
  return status.value?.archive ? "" : "bad";
}

function seen(row) {
  if (status.value?.archive) return "archive";
  if (row.isOwn) return "this node";
  return row.peer ? "connected" : "not connected";
}

function heightOf(row) {
  return row.isOwn ? status.value.height : row.peer?.height;
}

function offset(row) {
  const offset_ms = row.isOwn ? 0 : row.peer?.clock_offset_ms;
  if (offset_ms === null || offset_ms === undefined) return null;
  return html`<span class=${Math.abs(offset_ms) > SKEW_MS ? "tag bad" : ""}>${offset_ms > 0 ? "+" : ""}${duration(offset_ms)}</span>`;
}

function Coming({ data }) {
  const lines = [
    ...data.changes.map(
      (change) => `From block ${number(change.height)} on: ${change.validators.map(nameOf).join(", ")}`,
    ),
    ...data.candidates.map(
      (candidate) =>
        `${candidate.name} may come in; it ${candidate.is_synced ? "follows" : "does not follow"} the chain`,
    ),
    ...Object.entries(data.must_leave).map(([address, reason]) => `${nameOf(address)} must leave: ${reason}`),
  ];
  if (!lines.length) return null;
  return html`<${Panel} title="What changes"><ul>${lines.map((line) => html`<li key=${line}>${line}</li>`)}</ul></${Panel}>`;
}
