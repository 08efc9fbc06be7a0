import { isOld, status } from "../lib/freshness.js";
import { computed, effect, html, signal, useEffect, useErrorBoundary } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { go, route } from "../lib/route.js";
import { switchTheme, theme } from "../lib/theme.js";
import { VIEWS } from "../lib/views.js";
import { Banner } from "./banner.js";
import { Connection } from "./connection.js";
import { KeysHelp, showKeys } from "./keys_help.js";
import { Nav } from "./nav.js";
import { Search, focusSearch } from "./search.js";
import { Trouble } from "./states.js";
import { TokenDialog } from "./token_dialog.js";

/** The view that the address names. */
const current = computed(() => VIEWS.find((known) => known.name === route.value.view) ?? VIEWS[0]);
/** Modules of the views that were fetched, by name; an Error where that failed. */
const modules = signal({});
const UNDRAWN = { title: "This view cannot be drawn" };
const UNFETCHED = {
  title: "This view cannot be fetched",
  detail: "The node cannot be reached, or has another version of this page by now: load it again.",
};

// Fetched while the rest of the page is still being made.
effect(() => {
  const { name, load } = current.value;
  if (modules.peek()[name]) return;
  const keep = (found) => (modules.value = { ...modules.peek(), [name]: found });
  load().then(keep, keep);
});

/** The page: what is around the view, and the view. */
export function Shell() {
  const view = current.value;
  usePage(view);
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <div class="shell">
      <header class="top">
        <a class="brand" href="#/overview"><${Mark} /><span>${status.value?.chain_name || "Gridquorum"}</span></a>
        <${Search} />
        <div class="top-end">
          <${Connection} />
          <button
            type="button"
            class="quiet"
            onClick=${switchTheme}
          >${theme.value === "dark" ? "Light" : "Dark"}</button>
          <button type="button" class="quiet key-hint" onClick=${showKeys} aria-label="Keys">?</button>
        </div>
      </header>
      <nav class="side" aria-label="Views"><${Nav} current=${view.name} /></nav>
      <main id="main" class=${isOld.value ? "main is-old" : "main"} tabindex="-1">
        <${Banner} />
        <${View} key=${view.name} name=${view.name} />
      </main>
    </div>
    <${KeysHelp} />
    <${TokenDialog} />`;
}

/** A view whose drawing fails would be drawn again and again, and ask the node each time. */
function View({ name }) {
  const [fault, forget] = useErrorBoundary();
  const found = modules.value[name];
  if (fault) return html`<${Trouble} error=${{ ...UNDRAWN, detail: fault.message }} retry=${forget} />`;
  if (!found) return html`<div class="empty" aria-busy="true">Loading…</div>`;
  if (found instanceof Error) return html`<${Trouble} error=${UNFETCHED} retry=${() => location.reload()} />`;
  return html`<${found.View} />`;
}

function usePage(view) {
  useKeys([
    ["/", "Search", focusSearch],
    ["?", "Show these keys", showKeys],
    ["d", "Light or dark", switchTheme],
    ...VIEWS.map(({ name, title }, place) => [String(place + 1), title, () => go(name)]),
  ]);
  useEffect(() => {
    document.title = `${view.title} · ${status.value?.chain_name ?? "Gridquorum"}`;
  }, [view, status.value?.chain_name]);
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function Mark() {
  return html`<svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="#0b5cad" />
    <path d="M8 9h6v6H8zM18 9h6v6h-6zM8 19h6v6H8z" fill="#fff" />
    <path d="M22 17l-4 5h3l-1 5 5-6h-3l1-4z" fill="#ffc94d" />
  </svg>`;
}
