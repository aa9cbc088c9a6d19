import { useEffect, useRef, useState } from "preact/hooks";
import { readFigure } from "../meters/summaries.js";

/** @import {Meter, Span, Summary} from "../meters/types.js" */

const AT_ONCE = 4;

/**
 * Load a customer's usage of several meters, and return the usage loaded so far. Another customer or period needs another
 * component.
 *
 * @param {string} customer
 * @param {Span} span
 * @param {Meter[] | null} meters more meters can be added later
 * @returns {{figures: Map<string, Summary>, failure: unknown, again: () => void}} by the meter's id
 */
export function useFigures(customer, span, meters) {
  const [figures, setFigures] = useState(/** @type {Map<string, Summary>} */ (new Map()));
  const [failure, setFailure] = useState(/** @type {unknown} */ (null));
  const [attempt, setAttempt] = useState(0);
  const known = useRef(/** @type {Set<string>} */ (new Set()));

  useEffect(() => {
    const controller = new AbortController();
    const queue = (meters ?? []).filter(({ id }) => !known.current.has(id)).values();
    const work = async () => {
      for (const { id } of queue) {
        const summary = await readFigure(id, customer, span, controller.signal);
        known.current.add(id);
        setFigures((before) => new Map(before).set(id, summary));
      }
    };
    setFailure(null);
    Promise.all(Array.from({ length: AT_ONCE }, work)).catch((error) => {
      if (!controller.signal.aborted) setFailure(error);
      controller.abort();
    });
    return () => controller.abort();
  }, [meters, attempt]);

  return { figures, failure, again: () => setAttempt(attempt + 1) };
}
