import { useEffect, useRef } from "preact/hooks";

/** Call `ask` when the tab becomes visible again. */
export function useSeenAgain(ask: () => unknown) {
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    const seen = () => document.hidden || latest.current();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);
}

/**
 * Call `ask` repeatedly while `active` and the tab is visible. Call it immediately when the tab becomes visible.
 *
 * @param ask never rejects
 * @param pause milliseconds between the end of a call and the next call
 */
export function usePolling(ask: () => Promise<unknown>, pause: number, active: boolean) {
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => {
    if (!active) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;

    const later = () => {
      clearTimeout(timer);
      if (!ended && !document.hidden) timer = setTimeout(now, pause);
    };
    const now = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      await latest.current();
      later();
    };

    later();
    document.addEventListener("visibilitychange", now);
    return () => {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", now);
    };
  }, [pause, active]);
}
