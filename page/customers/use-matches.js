import { useEffect, useRef, useState } from "preact/hooks";
import { findExactly, joined, matching } from "./find.js";
import { readNewest } from "./newest.js";

/** @import {Customer, Matches, Newest} from "./types.js" */

const SHOWN = 8;
const PAUSE = 300; // milliseconds of no typing before the API is asked

/**
 * Return the newest customers that match a text, and any customer with exactly this ID or email address.
 *
 * @param {string} text
 * @param {boolean} active whether the list is open
 * @returns {Matches}
 */
export function useMatches(text, active) {
  const [newest, setNewest] = useState(/** @type {Newest | null} */ (null));
  const [exact, setExact] = useState(/** @type {Customer[]} */ ([]));
  const [failed, setFailed] = useState(false);
  const asked = useRef(false);

  useEffect(() => {
    if (!active || asked.current) return;
    asked.current = true;
    readNewest().then(setNewest, () => {
      asked.current = false;
      setFailed(true);
    });
  }, [active]);

  const beyond = active && newest !== null && !newest.all && text.trim() !== "";
  useEffect(() => {
    setExact([]);
    if (!beyond) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      findExactly(text, controller.signal).then(setExact, () => {});
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text, beyond]);

  const found = joined(exact, matching(newest?.customers ?? [], text));
  return {
    customers: found.slice(0, SHOWN),
    more: Math.max(0, found.length - SHOWN),
    all: newest?.all ?? true,
    loading: newest === null && !failed,
    failed: failed && newest === null,
  };
}
