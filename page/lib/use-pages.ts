import { useEffect, useRef, useState } from "preact/hooks";
import type { List, Query } from "../types";
import { get } from "./api";

/** A list of the API, with the pages loaded so far. */
export interface State<Thing> {
  /** null until the first page is loaded */
  things: Thing[] | null;
  hasMore: boolean;
  /** whether a page is being loaded */
  loading: boolean;
  /** why a page couldn't be loaded */
  failure: unknown;
  /** why the list might be out of date */
  stale: unknown;
}

export interface Deeds<Thing> {
  /** loads the next page, or the first page if none is loaded */
  more: () => Promise<void>;
  /** loads the first page again and keeps the later pages */
  refresh: () => Promise<void>;
  /** replaces an object of the list */
  put: (thing: Thing) => void;
}

const NOTHING = { things: null, hasMore: false, loading: true, failure: null, stale: null };

/**
 * @param query without cursors; a change starts a new list
 * @param idOf returns the cursor of an object
 */
export function usePages<Thing>(
  path: string,
  query: Query,
  idOf: (thing: Thing) => string = (thing) => (thing as { id: string }).id,
): State<Thing> & Deeds<Thing> {
  const [state, setState] = useState<State<Thing>>(NOTHING);
  const current = useRef(new AbortController());

  useEffect(() => {
    current.current = new AbortController();
    setState(NOTHING);
    load(null);
    return () => current.current.abort();
  }, [path, JSON.stringify(query)]);

  async function load(before: Thing[] | null) {
    const { signal } = current.current;
    setState((old) => ({ ...old, loading: true, failure: null }));
    try {
      const after = before?.slice(-1).map(idOf)[0];
      const page: List<Thing> = await get(path, { ...query, starting_after: after }, { signal });
      if (signal.aborted) return;
      setState((old) => ({
        ...old,
        things: [...(old.things ?? []), ...page.data],
        hasMore: page.has_more,
        loading: false,
      }));
    } catch (failure) {
      if (!signal.aborted) setState((old) => ({ ...old, loading: false, failure }));
    }
  }

  async function refresh() {
    const { signal } = current.current;
    try {
      const page: List<Thing> = await get(path, query, { signal });
      if (!signal.aborted) setState((old) => ({ ...old, ...merged(page, old, idOf), stale: null }));
    } catch (stale) {
      if (!signal.aborted) setState((old) => ({ ...old, stale }));
    }
  }

  return {
    ...state,
    more: async () => {
      if (!state.loading || state.failure !== null) await load(state.things);
    },
    refresh,
    put: (thing) => {
      const id = idOf(thing);
      setState((old) => ({
        ...old,
        things: old.things?.map((one) => (idOf(one) === id ? thing : one)) ?? null,
      }));
    },
  };
}

/** Merge a new first page with the later pages. If they no longer overlap, only the new page remains. */
function merged<Thing>(
  page: List<Thing>,
  old: { things: Thing[] | null; hasMore: boolean },
  idOf: (thing: Thing) => string,
) {
  const last = page.data.slice(-1).map(idOf)[0];
  const meeting = old.things?.findIndex((thing) => idOf(thing) === last) ?? -1;
  const rest = page.has_more && meeting >= 0 ? (old.things ?? []).slice(meeting + 1) : [];
  return {
    things: [...page.data, ...rest],
    hasMore: rest.length > 0 ? old.hasMore : page.has_more,
  };
}
