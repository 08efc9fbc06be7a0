import { needsToken, setToken } from "../lib/api.js";
import { html, useEffect, useRef } from "../lib/html.js";
import { reconnect } from "../lib/live.js";

/** Asks for the node's token, where it wants one; it is kept until the tab is closed. */
export function TokenDialog() {
  const dialog = useRef(null);
  const isWanted = needsToken.value;
  useEffect(() => {
    if (isWanted && !dialog.current.open) dialog.current.showModal();
  }, [isWanted]);
  const take = (event) => {
    setToken(new FormData(event.target).get("token"));
    reconnect();
    location.reload();
  };
  return html`<dialog ref=${dialog} aria-labelledby="token-title">
    <h2 id="token-title">This node asks for a token</h2>
    <form method="dialog" onSubmit=${take}>
      <p class="muted">Its operator gives you one. It stays in this tab, and goes to this node only.</p>
      <label class="field">Token <input name="token" type="password" autocomplete="off" required /></label>
      <button>Continue</button>
    </form>
  </dialog>`;
}
