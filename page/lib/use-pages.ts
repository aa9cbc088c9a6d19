import { useState } from "preact/hooks";
import type { List, Query } from "../types";
import { get } from "./api";
import { client } from "./client";
import { observing, replace, useObserved } from "./use-query";

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
  /** when it was read last, in milliseconds since the epoch; 0 before */
  updatedAt: number;
  /** identifies the list */
  list: string;
}

export interface Deeds<Thing> {
  /** loads the next page, or the first page if none is loaded */
  more: () => Promise<void>;
  /** loads the first page again and keeps the later pages */
  refresh: () => Promise<void>;
  /** replaces an object of the list */
  put: (thing: Thing) => Promise<void>;
}

export interface PagesSettings<Thing> {
  /** returns the cursor of an object */
  idOf?: (thing: Thing) => string;
  /** milliseconds before the next refresh, or false for none */
  poll?: (things: Thing[]) => number | false;
  /** whether an object of the later pages changes by itself, so that a refresh reads it by its ID */
  moving?: (thing: Thing) => boolean;
}

interface Pages<Thing> {
  things: Thing[];
  hasMore: boolean;
}

/**
 * Load a list page by page. A view that appears again shows the pages that it had, and reads the first one again.
 *
 * @param query without cursors; a change starts a new list
 */
export function usePages<Thing>(
  path: string,
  query: Query,
  { idOf = byId, poll, moving }: PagesSettings<Thing> = {},
): State<Thing> & Deeds<Thing> {
  const queryKey = ["pages", path, query];
  const stored = () => client.getQueryData<Pages<Thing>>(queryKey);
  const { result, reload } = useObserved<Pages<Thing>>({
    queryKey,
    queryFn: async ({ signal }) => {
      const page: List<Thing> = await get(path, query, { signal });
      const later = moving ? (stored()?.things.slice(page.data.length).filter(moving) ?? []) : [];
      const read = later.map((thing) =>
        // If it fails now, the next refresh tries again.
        get<Thing>(`${path}/${idOf(thing)}`, {}, { signal }).catch(() => thing),
      );
      return merged(page, stored(), await Promise.all(read), idOf);
    },
    ...observing<Pages<Thing>>({ poll: poll && (({ things }) => poll(things)) }),
  });
  const list = JSON.stringify(queryKey);
  const next = useNextPage(list);
  const pages = result.data;

  async function more() {
    if (pages === undefined) return reload();
    const after = pages.things.slice(-1).map(idOf)[0];
    await next.load(async () => {
      const page: List<Thing> = await get(path, { ...query, starting_after: after });
      client.setQueryData<Pages<Thing>>(queryKey, (old) =>
        old?.things.slice(-1).map(idOf)[0] === after
          ? { things: [...(old?.things ?? []), ...page.data], hasMore: page.has_more }
          : old,
      );
    });
  }

  return {
    things: pages?.things ?? null,
    hasMore: pages?.hasMore ?? false,
    loading: pages === undefined ? result.error === null : next.loading,
    failure: pages === undefined ? result.error : next.failure,
    stale: pages === undefined ? null : result.error,
    updatedAt: result.dataUpdatedAt,
    list,
    more,
    refresh: reload,
    put: (thing) =>
      replace<Pages<Thing>>(
        queryKey,
        (old) => old && { ...old, things: withNew([thing], old.things, idOf) },
      ),
  };
}

function byId(thing: unknown) {
  return (thing as { id: string }).id;
}

/**
 * Return the state of the request for a list's next page.
 *
 * @param list identifies the list
 */
function useNextPage(list: string) {
  const [last, setLast] = useState<{ of: string; loading: boolean; failure: unknown }>(IDLE);
  const { loading, failure } = last.of === list ? last : IDLE;
  const load = async (ask: () => Promise<void>) => {
    if (loading) return;
    setLast({ of: list, loading: true, failure: null });
    const end = (why: unknown) => setLast({ of: list, loading: false, failure: why });
    await ask().then(() => end(null), end);
  };
  return { loading, failure, load };
}

const IDLE = { of: "", loading: false, failure: null };

/** Merge a new first page with the later pages. If they no longer overlap, only the new page remains. */
function merged<Thing>(
  page: List<Thing>,
  old: Pages<Thing> | undefined,
  read: Thing[],
  idOf: (thing: Thing) => string,
): Pages<Thing> {
  const last = page.data.slice(-1).map(idOf)[0];
  const meeting = old?.things.findIndex((thing) => idOf(thing) === last) ?? -1;
  const rest = page.has_more && meeting >= 0 ? (old?.things ?? []).slice(meeting + 1) : [];
  return {
    things: [...page.data, ...withNew(read, rest, idOf)],
    hasMore: rest.length > 0 ? (old?.hasMore ?? false) : page.has_more,
  };
}

/** Return the list with newer states of some of its objects. */
function withNew<Thing>(newer: Thing[], things: Thing[], idOf: (thing: Thing) => string) {
  const found = new Map(newer.map((thing) => [idOf(thing), thing]));
  return things.map((thing) => found.get(idOf(thing)) ?? thing);
}
