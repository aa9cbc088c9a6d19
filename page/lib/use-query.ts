import type { QueryKey, QueryObserverOptions, QueryObserverResult } from "@tanstack/query-core";
import { keepPreviousData, notifyManager, QueryObserver } from "@tanstack/query-core";
import { useLayoutEffect, useState } from "preact/hooks";
import { client, pauseOf } from "./client";

/**
 * The state of an API request in a view: no answer yet, the answer, or the failure. The last answer stays during a
 * reload and after a failed one.
 */
export interface Asked<Answer> {
  answer: Answer | null;
  failure: unknown;
  loading: boolean;
  reload: () => Promise<void>;
  /** shows an object from another request, such as the response to a write */
  put: (answer: Answer) => Promise<void>;
}

export interface Settings<Answer> {
  /** milliseconds before the next request while the answer can change by itself, otherwise false */
  poll?: (answer: Answer) => number | false;
  /** whether to ask */
  enabled?: boolean;
  /** milliseconds for which an answer isn't read again */
  staleTime?: number;
  /** whether the answer for other inputs stays until the new one is there */
  keep?: boolean;
}

/**
 * Send a request when the view appears and whenever one of `inputs` changes. Views that ask the same share one answer. A
 * view that appears again shows the answer that it had, and reads it again.
 *
 * @param name of what is asked; together with `inputs`, it identifies the answer in the whole page
 */
export function useQuery<Answer extends object>(
  name: string,
  ask: (signal: AbortSignal) => Promise<Answer>,
  inputs: unknown[],
  settings: Settings<Answer> = {},
): Asked<Answer> {
  const queryKey = [name, ...inputs];
  const { result, reload } = useObserved({
    queryKey,
    queryFn: ({ signal }) => ask(signal),
    ...observing(settings),
  });
  return {
    answer: result.data ?? null,
    failure: result.error,
    loading: result.isFetching,
    reload,
    put: (answer) => replace(queryKey, () => answer),
  };
}

/** Return the settings in the library's terms. */
export function observing<Answer extends object>({ poll, keep, ...others }: Settings<Answer>) {
  return {
    refetchInterval: ({ state }: { state: Parameters<typeof pauseOf<Answer>>[0] }) =>
      poll !== undefined && pauseOf(state, poll),
    placeholderData: keep ? keepPreviousData : undefined,
    ...others,
  };
}

/** Show the state of a request, and render again whenever it changes. */
export function useObserved<Answer extends object>(
  given: QueryObserverOptions<Answer>,
): { result: QueryObserverResult<Answer>; reload: () => Promise<void> } {
  const options = client.defaultQueryOptions(given);
  const [observer] = useState(() => new QueryObserver(client, options));
  const [, render] = useState({});
  const result = observer.getOptimisticResult(options);
  useLayoutEffect(() => observer.subscribe(notifyManager.batchCalls(() => render({}))), [observer]);
  useLayoutEffect(() => observer.setOptions(options));
  const reload = async () => {
    await observer.refetch();
  };
  return { result, reload };
}

/** Change a stored answer. A request in progress would bring an older one, so it ends. */
export async function replace<Answer>(
  queryKey: QueryKey,
  change: (before: Answer | undefined) => Answer | undefined,
) {
  await client.cancelQueries({ queryKey, exact: true });
  client.setQueryData<Answer>(queryKey, change);
}
