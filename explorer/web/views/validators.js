import { ViewHead } from "../components/view_head.js";
import { html } from "../lib/html.js";
import { Attendance } from "./validators/attendance.js";
import { Committee } from "./validators/committee.js";
import { HeightPicker } from "./validators/height_picker.js";

const TEXT =
  "Green: a validator’s seal is in the block. A block keeps the seals of a quorum, so a gap now and then is nothing; " +
  "red is none in many blocks.";

/** Who decides: who signed which blocks, how many rounds it took, whose clock is off. */
export function View() {
  return html`<div class="view">
    <${ViewHead}
      title="Validators"
      text=${TEXT}
    >
      <${HeightPicker} />
    </${ViewHead}>
    <${Attendance} />
    <${Committee} />
  </div>`;
}
