import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/**
 * The state of an API request in a view: no response yet, the response, or the failure. The last response stays during a
 * reload.
 */
export interface Asked<Answer> {
  answer: Answer | null;
  failure: unknown;
  loading: boolean;
  reload: () => Promise<void>;
  /** shows an object from another request, such as the response to a write */
  put: (answer: Answer) => void;
}

/** Send a request when the view appears and whenever one of `inputs` changes. Ignore responses that arrive too late. */
export function useQuery<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  inputs: unknown[],
): Asked<Answer> {
  const [state, setState] = useState<{ answer: Answer | null; failure: unknown; loading: boolean }>(
    NOTHING,
  );
  const current = useRef<AbortController | null>(null);

  const reload = useCallback(async () => {
    current.current?.abort();
    const mine = new AbortController();
    current.current = mine;
    setState((before) => ({ ...before, loading: true }));
    try {
      const answer = await ask(mine.signal);
      if (!mine.signal.aborted) setState({ answer, failure: null, loading: false });
    } catch (failure) {
      if (!mine.signal.aborted) setState((before) => ({ ...before, failure, loading: false }));
    }
  }, inputs);

  useEffect(() => {
    setState(NOTHING);
    reload();
    return () => current.current?.abort();
  }, [reload]);

  const put = useCallback((answer: Answer) => {
    current.current?.abort();
    setState({ answer, failure: null, loading: false });
  }, []);
  return { ...state, reload, put };
}

const NOTHING = { answer: null, failure: null, loading: true };
