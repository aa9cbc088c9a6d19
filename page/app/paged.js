import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "./api.js";

/** @import {List, Query} from "../types.js" */

/**
 * A list of the API, with the pages loaded so far.
 *
 * @template Thing
 * @typedef {object} State
 * @property {Thing[] | null} things null until the first page is loaded
 * @property {boolean} hasMore
 * @property {boolean} loading whether a page is being loaded
 * @property {unknown} failure why a page couldn't be loaded
 * @property {unknown} stale why the list might be out of date
 */

/**
 * @template Thing
 * @typedef {object} Deeds
 * @property {() => Promise<void>} more loads the next page, or the first page if none is loaded
 * @property {() => Promise<void>} refresh loads the first page again and keeps the later pages
 * @property {(thing: Thing) => void} put replaces an object of the list
 */

const NOTHING = { things: null, hasMore: false, loading: true, failure: null, stale: null };

/**
 * @template Thing
 * @param {string} path
 * @param {Query} query without cursors; a change starts a new list
 * @param {(thing: Thing) => string} [idOf] returns the cursor of an object
 * @returns {State<Thing> & Deeds<Thing>}
 */
export function usePaged(path, query, idOf = (/** @type {any} */ { id }) => id) {
  const [state, setState] = useState(/** @type {State<Thing>} */ (NOTHING));
  const current = useRef(new AbortController());

  useEffect(() => {
    current.current = new AbortController();
    setState(NOTHING);
    load(null);
    return () => current.current.abort();
  }, [path, JSON.stringify(query)]);

  /** @param {Thing[] | null} before */
  async function load(before) {
    const { signal } = current.current;
    setState((old) => ({ ...old, loading: true, failure: null }));
    try {
      const after = before?.slice(-1).map(idOf)[0];
      /** @type {List<Thing>} */
      const page = await get(path, { ...query, starting_after: after }, { signal });
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
      /** @type {List<Thing>} */
      const page = await get(path, query, { signal });
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

/**
 * Merge a new first page with the later pages. If they no longer overlap, only the new page remains.
 *
 * @template Thing
 * @param {List<Thing>} page
 * @param {{things: Thing[] | null, hasMore: boolean}} old
 * @param {(thing: Thing) => string} idOf
 */
function merged(page, old, idOf) {
  const last = page.data.slice(-1).map(idOf)[0];
  const meeting = old.things?.findIndex((thing) => idOf(thing) === last) ?? -1;
  const rest = page.has_more && meeting >= 0 ? (old.things ?? []).slice(meeting + 1) : [];
  return {
    things: [...page.data, ...rest],
    hasMore: rest.length > 0 ? old.hasMore : page.has_more,
  };
}
