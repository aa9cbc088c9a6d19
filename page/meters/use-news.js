import { useEffect, useRef } from "preact/hooks";
import { counted } from "../app/format.js";
import { announce } from "../parts/announcer.js";

/** @import {StoredEvent} from "./types.js" */

/**
 * Have screen readers read how many events are new since the last update of the feed.
 *
 * @param {StoredEvent[] | null} events
 * @param {() => void} changed
 */
export function useNews(events, changed) {
  const before = useRef(events);
  useEffect(() => {
    const news = before.current === null || events === null ? 0 : countNew(before.current, events);
    before.current = events;
    if (news === 0) return;
    announce(`${counted(news, "new event")}.`);
    changed();
  }, [events]);
}

/**
 * @param {StoredEvent[]} before the feed before the update, newest received first
 * @param {StoredEvent[]} now
 * @returns {number} the number of events before the first known event
 */
function countNew(before, now) {
  const place = now.findIndex((event) => event.identifier === before[0]?.identifier);
  return place < 0 ? now.length : place;
}
