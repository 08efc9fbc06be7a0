import { get } from "../lib/api.js";
import { html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { targetOf } from "../lib/targets.js";
import { Empty } from "./states.js";

const WAIT_MS = 150;

/** Put the cursor into the search. */
export function focusSearch() {
  document.querySelector(".search input").focus();
}

/** Finds blocks, transactions, processes, members, meters and contracts by a number, a hash's begin, or a name. */
export function Search() {
  const [text, setText] = useState("");
  const [chosen, choose] = useState(0);
  const { items, answered } = useFound(text);
  const id = useId();
  const input = useRef(null);
  const isOpen = answered !== "" && text.trim() === answered;
  useEffect(() => choose(0), [answered]);

  const open = (item) => {
    setText("");
    input.current.blur();
    location.hash = targetOf(item);
  };
  const keys = (event) => {
    if (event.key === "Escape") {
      setText("");
      input.current.blur();
    }
    if (event.key === "Enter" && items[chosen]) open(items[chosen]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !items.length) return;
    event.preventDefault();
    choose((chosen + step + items.length) % items.length);
  };
  const option = (
    item,
    place,
  ) => html`<li
    key=${item.kind + item.id}
    id=${`${id}-${place}`}
    role="option"
    aria-selected=${String(place === chosen)}
    onMouseDown=${(event) => event.preventDefault()}
    onClick=${() => open(item)}
  >
    <span class="tag">${item.kind}</span><span>${item.label}</span>
  </li>`;

  return html`<div class="search" role="search">
    <input
      ref=${input}
      type="search"
      role="combobox"
      maxlength="100"
      placeholder="Block, hash, member, meter …"
      aria-label="Search"
      autocomplete="off"
      spellcheck="false"
      aria-expanded=${String(isOpen)}
      aria-controls=${`${id}-list`}
      aria-activedescendant=${isOpen && items.length ? `${id}-${chosen}` : undefined}
      value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${keys} />
    <kbd aria-hidden="true">/</kbd>
    ${isOpen && items.length > 0 && html`<ul
      class="options"
      id=${`${id}-list`}
      role="listbox"
      aria-label="Found"
    >${items.map(option)}</ul>`}
    ${isOpen && items.length === 0 && html`<${Nothing} />`}
  </div>`;
}

function Nothing() {
  return html`<div class="options" role="status">
    <${Empty} title="Nothing found">Heights, begins of hashes, addresses and names are searched.</${Empty}>
  </div>`;
}

function useFound(text) {
  const [found, setFound] = useState({ items: [], answered: "" });
  const query = text.trim();
  useEffect(() => {
    if (query === "") {
      setFound({ items: [], answered: "" });
      return undefined;
    }
    const abort = new AbortController();
    const keep = (items) => setFound({ items, answered: query });
    const ask = () =>
      get("search", { q: query }, abort.signal)
        .then((document) => keep(document.items))
        .catch((error) => error.name !== "AbortError" && keep([]));
    const timer = setTimeout(ask, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query]);
  return found;
}
