import { html } from "../lib/html.js";

/** Nothing to show, and why that is. */
export function Empty({ title, children }) {
  return html`<div class="empty"><strong>${title}</strong>${children}</div>`;
}

/** What the node answered instead. */
export function Trouble({ error, retry }) {
  return html`<div class="problem" role="alert">
    <strong>${error.title ?? "Something went wrong"}</strong>
    <p>${error.detail || error.message}</p>
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`;
}

/** The content of a resource, or the state that it is in; `children` is a function of its data. */
export function Loaded({ resource, isEmpty, empty, children }) {
  const { data, error, isLoading, reload } = resource;
  if (data === undefined && error?.status === 401) return html`<${Empty} title="Shown to those with a token" />`;
  if (data === undefined && error) return html`<${Trouble} error=${error} retry=${reload} />`;
  if (data === undefined) return html`<div class="empty" aria-busy=${isLoading}>Loading…</div>`;
  if (isEmpty?.(data)) return empty;
  return isLoading
    ? html`<div class="loading" aria-busy="true">${children(data)}</div>`
    : html`<div class="loaded">${children(data)}</div>`;
}
