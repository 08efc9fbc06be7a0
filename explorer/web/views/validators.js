import { ViewHead } from "../components/view_head.js";
import { html } from "../lib/html.js";
import { Attendance } from "./validators/attendance.js";
import { Committee } from "./validators/committee.js";
import { HeightPicker } from "./validators/height_picker.js";

/** Who decides: who signed which blocks, how many rounds it took, whose clock is off. */
export function View() {
  return html`<div class="view">
    <${ViewHead} title="Validators" text="Each column is a block, or several: pale where a validator sealed them, amber where it missed some, red where it missed all.">
      <${HeightPicker} />
    </${ViewHead}>
    <${Attendance} />
    <${Committee} />
  </div>`;
}
