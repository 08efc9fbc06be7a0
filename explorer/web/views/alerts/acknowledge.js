import { Panel } from "../../components/panel.js";
import { post } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { lookAgain } from "../../lib/summary.js";

const NOTE_MAX = 500;

/** Say that an alert was seen, and what is done about it; for operators. */
export function Acknowledge({ id, done }) {
  const [trouble, setTrouble] = useState("");
  const send = async (event) => {
    event.preventDefault();
    const note = new FormData(event.target).get("note");
    try {
      await post(`alerts/${encodeURIComponent(id)}/acknowledge`, { note });
      lookAgain();
      done();
    } catch (error) {
      setTrouble(`${error.title}. ${error.detail}`);
    }
  };
  return html`<${Panel} title="Acknowledge">
    <form class="acknowledge" onSubmit=${send}>
      <label class="field">Note <input
        name="note"
        maxlength=${NOTE_MAX}
        required
        placeholder="What is done about it"
      /></label>
      <button>Acknowledge</button>
      ${trouble && html`<p class="tag bad" role="alert">${trouble}</p>`}
    </form>
  </${Panel}>`;
}
