import { useEffect } from "preact/hooks";
import type { Place } from "../types";

const PAUSE = 100; // milliseconds after the last movement
const PATIENCE = 5000; // milliseconds to wait for a view's content
const BY_PERSON = ["wheel", "touchstart", "pointerdown", "keydown"];

/**
 * Keep the scroll position of each entry of the browser's history, and return to it. A new view begins at its top. The
 * browser itself would scroll before the view is there.
 */
export function useScroll(place: Place) {
  useEffect(() => {
    history.scrollRestoration = "manual";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const keep = () => history.replaceState({ ...history.state, scroll: scrollY }, "");
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    };
    // The position belongs to the entry that is left.
    const left = () => clearTimeout(timer);
    addEventListener("scroll", later, { passive: true });
    addEventListener("popstate", left);
    return () => {
      left();
      removeEventListener("scroll", later);
      removeEventListener("popstate", left);
    };
  }, []);

  // After the effects of the view, which focus its heading.
  useEffect(() => {
    const top: unknown = history.state?.scroll;
    if (typeof top === "number") return scrollWhenThere(top);
    return undefined;
  }, [place]);
  useEffect(() => {
    if (history.state?.scroll === undefined) scrollTo(0, 0);
  }, [place.path]);
}

/** Scroll as soon as the page is long enough, unless the person scrolls first. */
function scrollWhenThere(top: number) {
  const stop = new AbortController();
  const { signal } = stop;
  const longer = new ResizeObserver(() => {
    scrollTo(0, top);
    if (Math.abs(scrollY - top) < 1) stop.abort();
  });
  signal.addEventListener("abort", () => longer.disconnect());
  for (const kind of BY_PERSON) addEventListener(kind, () => stop.abort(), { signal });
  setTimeout(() => stop.abort(), PATIENCE);
  longer.observe(document.body);
  return () => stop.abort();
}
