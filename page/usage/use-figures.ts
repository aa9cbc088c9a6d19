import { useEffect, useRef, useState } from "preact/hooks";
import { limited } from "../lib/limited";
import { readFigure } from "./summaries";
import type { Meter, Span, Summary } from "./types";

/**
 * Load the usage of several meters, and return the usage loaded so far. Another customer or period needs another
 * component.
 *
 * @param customer an ID, or "" for all customers
 * @param meters more meters can be added later
 * @returns by the meter's id
 */
export function useFigures(
  customer: string,
  span: Span,
  meters: Meter[] | null,
): { figures: Map<string, Summary>; failure: unknown; again: () => void } {
  const [figures, setFigures] = useState<Map<string, Summary>>(new Map());
  const [failure, setFailure] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const known = useRef<Set<string>>(new Set());

  useEffect(() => {
    const controller = new AbortController();
    const load = async (id: string) => {
      const summary = await readFigure(id, customer, span, controller.signal);
      known.current.add(id);
      setFigures((before) => new Map(before).set(id, summary));
    };
    const missing = (meters ?? []).filter(({ id }) => !known.current.has(id));
    setFailure(null);
    Promise.all(missing.map(({ id }) => limited(() => load(id)))).catch((error) => {
      if (!controller.signal.aborted) setFailure(error);
      controller.abort();
    });
    return () => controller.abort();
  }, [meters, attempt]);

  return { figures, failure, again: () => setAttempt(attempt + 1) };
}
