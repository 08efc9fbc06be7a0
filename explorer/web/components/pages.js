import { get } from "../lib/api.js";
import { html, useEffect, useState } from "../lib/html.js";
import { useResource } from "../lib/resource.js";
import { Loaded } from "./states.js";

/**
 * A list of the API, newest first; older items by a button, after which the list stands still. `children` is a
 * function of the items.
 */
export function Pages({ path, query = {}, empty, isLive = true, children }) {
  const key = JSON.stringify([path, query]);
  const [paged, setPaged] = useState(null);
  useEffect(() => setPaged(null), [key]);
  const own = paged?.key === key ? paged : null;
  const first = useResource(path, query, { isLive: isLive && own === null });
  const { items, next } = own ?? first.data ?? { items: [], next: null };
  const more = () =>
    get(path, { ...query, cursor: next }).then(
      (page) => setPaged({ key, items: [...items, ...page.items], next: page.next }),
      (error) => setPaged({ key, items, next, trouble: error.title }),
    );
  return html`<${Loaded} resource=${first} isEmpty=${(data) => data.items.length === 0} empty=${empty}>
    ${() => html`${children(items)}
      <div class="more" hidden=${!next && !own}>
        ${next && html`<button type="button" onClick=${more}>Show older</button>`}
        ${own && html` <button type="button" onClick=${() => setPaged(null)}>Back to the newest</button>`}
        ${own?.trouble && html`<p class="tag bad" role="alert">${own.trouble}</p>`}
      </div>`}
  </${Loaded}>`;
}
