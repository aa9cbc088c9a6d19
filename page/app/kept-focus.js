import { useEffect } from "preact/hooks";

const PLACES = "h1, h2, h3, [tabindex='-1']";

/**
 * Keep the focus when the focused element disappears, such as a button that loads the last page. The heading of the
 * surrounding section gets the focus, because a screen reader needs one.
 */
export function useKeptFocus() {
  useEffect(() => {
    /** @type {Element[]} the last focused element and its ancestors */
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
