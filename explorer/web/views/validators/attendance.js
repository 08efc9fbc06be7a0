import { Figure } from "../../components/figure.js";
import { Loaded } from "../../components/states.js";
import { asOf } from "../../lib/freshness.js";
import { number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { useResource } from "../../lib/resource.js";
import { go } from "../../lib/route.js";
import { gridOptions, shareOf } from "./grid.js";
import { heights, setHeights } from "./height_picker.js";

const ROW_PX = 26;
const COLUMN_PX = 4;

/** The grid of who signed, with the rounds that each block took beneath it. */
export function Attendance() {
  const { from, to } = heights();
  const columns = Math.max(25, Math.min(400, Math.floor((Math.min(innerWidth, 1_400) - 260) / COLUMN_PX)));
  const isKnown = asOf.value !== null;
  const grid = useResource(
    isKnown ? "validators" : null,
    { from_height: from, to_height: to, columns },
    { isKept: true },
  );
  return html`<${Loaded} resource=${grid}>
    ${(data) => html`<${Shown} data=${data} />`}
  </${Loaded}>`;
}

function Shown({ data }) {
  const { validators, columns } = data;
  const choose = (event) => {
    const { startValue, endValue } = event.batch?.[0] ?? event;
    if (startValue !== undefined) setHeights(columns[startValue].first, columns[endValue].last);
  };
  const open = ({ dataIndex, seriesIndex, data: point }) => {
    const column = columns[seriesIndex === 0 ? point.value[0] : dataIndex];
    if (column.first === column.last) go(["blocks", column.first]);
    else setHeights(column.first, column.last);
  };
  return html`<${Figure}
    title="Who signed"
    note=${columns.length ? `blocks ${number(columns[0].first)} to ${number(columns.at(-1).last)}` : ""}
    name="validators"
    height=${120 + ROW_PX * validators.length}
    columns=${tableColumns(data)}
    rows=${columns.map((column, place) => ({ column, place }))}
    version=${`${columns[0]?.first}-${columns.at(-1)?.last}-${data.as_of?.height}`}
    options=${() => gridOptions(data)}
    onEvents=${{ datazoom: choose, click: open }}
    isSelecting
  />`;
}

function tableColumns(data) {
  const perValidator = data.validators.map((validator, row) => ({
    label: validator.name || validator.address,
    value: ({ place }) => shareOf(data, row, place),
    show: ({ place }) => `${data.signed[row][place]}/${data.blocks[place]}`,
    isRight: true,
  }));
  return [
    {
      label: "Blocks",
      value: ({ column }) => (column.first === column.last ? column.first : `${column.first}–${column.last}`),
    },
    { label: "Late blocks", value: ({ column }) => column.late, isRight: true },
    { label: "Rounds more", value: ({ column }) => column.rounds, isRight: true },
    ...perValidator,
  ];
}
