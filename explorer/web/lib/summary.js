// What the whole page knows from the overview: how many alerts are open, and up to when meters told.

import { get } from "./api.js";
import { computed, effect, signal } from "./html.js";
import { news } from "./live.js";

const NEWS_A_LOOK = 5;

/** The last answer of /overview; undefined before the first, null if there was none. */
const overview = signal(undefined);

/** How many alerts are open and not acknowledged. */
export const openAlerts = computed(() =>
  Object.values(overview.value?.alerts ?? {}).reduce((sum, count) => sum + count, 0),
);

/** The newest period that a meter told of; null if none did, undefined as long as that is not known. */
export const metered = computed(() => (overview.value === undefined ? undefined : (overview.value?.to_period ?? null)));

/** Look again now. */
export function lookAgain() {
  get("overview").then(
    (document) => (overview.value = document),
    () => (overview.value ??= null),
  );
}

effect(() => {
  if (news.value % NEWS_A_LOOK === 0) lookAgain();
});
