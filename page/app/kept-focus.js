import { useEffect } from "preact/hooks";

const PLACES = "h1, h2, h3, [tabindex='-1']";

/**
 * What has the focus may go away with what it does: a button that clears a filter, or loads the last page. Then the
 * heading of what it stood in takes the focus, for without any a screen reader is nowhere.
 */
export function useKeptFocus() {
  useEffect(() => {
    /** @type {Element[]} what had the focus last, and what is around it */
    let path = [];
    const remember = (/** @type {Event} */ event) => {
      path = event.composedPath().filter((one) => one instanceof Element);
    };
    const mend = () => {
      if (document.activeElement !== document.body || path[0]?.isConnected !== false) return;
      for (const place of path.filter(({ isConnected }) => isConnected)) {
        const heading = place.querySelector(PLACES);
        if (heading instanceof HTMLElement) return focus(heading);
      }
    };
    // A dialog gives the focus back by itself first.
    const removed = new MutationObserver(() => requestAnimationFrame(mend));
    removed.observe(document.body, { childList: true, subtree: true });
    addEventListener("focusin", remember);
    return () => {
      removed.disconnect();
      removeEventListener("focusin", remember);
    };
  }, []);
}

/** @param {HTMLElement} heading */
function focus(heading) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
