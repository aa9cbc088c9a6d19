import type { QueryState } from "@tanstack/query-core";
import { QueryClient } from "@tanstack/query-core";
import { ApiError, forgetAnswers } from "./api";
import { session } from "./session";

const RETRIES = 2;
const FIRST_PAUSE = 400; // milliseconds
const KEPT = 30 * 60_000; // milliseconds that an answer is kept after its view is left
const SLOWEST = 60_000;
const ACTIVITY = ["pointerdown", "keydown", "hashchange", "visibilitychange"];

/** The answers of the API that views share. They are in the tab's memory only, and go with the key. */
export const client = new QueryClient({
  defaultOptions: {
    queries: {
      // A stack on this machine answers without a network, too.
      networkMode: "always",
      refetchOnReconnect: true,
      retry: (failures, error) =>
        failures < RETRIES && error instanceof ApiError && error.status === 0,
      retryDelay: (failures) => FIRST_PAUSE * 2 ** failures,
      gcTime: KEPT,
    },
  },
});
client.mount(); // a tab that becomes visible again reads again

session.subscribe(() => {
  client.clear();
  forgetAnswers();
});

let activeAt = Date.now();
for (const kind of ACTIVITY)
  addEventListener(
    kind,
    () => {
      activeAt = Date.now();
    },
    { capture: true, passive: true },
  );

/** By the answer: when it was there first. */
const since = new WeakMap<object, number>();

/**
 * Return the pause before the next request of a view that refreshes. If nothing changes and nobody uses the page, the
 * pause grows with the time since then, up to a minute. Hidden tabs send no requests.
 *
 * @param base the shortest pause, in milliseconds; false ends the refreshing
 */
export function pauseOf<Answer extends object>(
  { data, dataUpdatedAt }: QueryState<Answer>,
  base: (answer: Answer) => number | false,
): number | false {
  const shortest = data !== undefined && base(data);
  if (data === undefined || shortest === false) return false;
  // An answer that equals the one before it is the same object.
  if (!since.has(data)) since.set(data, dataUpdatedAt);
  const quiet = dataUpdatedAt - Math.max(activeAt, since.get(data) ?? 0);
  return Math.min(Math.max(shortest, quiet / 4), SLOWEST);
}
