// A document of the API that a component shows: asked for anew when its address or the chain changes.

import { get } from "./api.js";
import { useLayoutEffect, useState } from "./html.js";
import { news } from "./live.js";

/**
 * {data, error, isLoading, reload}. While a newer answer is on its way, or if it fails, the last one stays, unless it
 * belongs to another address; with `isKept` it stays as long as only the query differs. With `path` null nothing is asked.
 */
export function useResource(path, query = {}, { isLive = true, isKept = false } = {}) {
  const key = path === null ? null : JSON.stringify([path, query]);
  const [state, setState] = useState({ key: null, path: null });
  const [turn, setTurn] = useState(0);
  const version = isLive ? news.value : 0;

  // Before the browser paints: the node answers meanwhile.
  useLayoutEffect(() => {
    if (key === null) return undefined;
    const abort = new AbortController();
    get(path, query, abort.signal)
      .then((data) => setState({ key, path, data, error: null }))
      .catch((error) => {
        if (error.name === "AbortError") return;
        setState((known) => ({ key, path, data: known.key === key ? known.data : undefined, error }));
      });
    return () => abort.abort();
  }, [key, version, turn]);

  const isCurrent = state.key === key;
  return {
    data: isCurrent || (isKept && state.path === path) ? state.data : undefined,
    error: isCurrent ? state.error : null,
    isLoading: key !== null && !isCurrent,
    reload: () => setTurn(turn + 1),
  };
}
