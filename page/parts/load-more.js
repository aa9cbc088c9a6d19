import { useState } from "preact/hooks";
import { html } from "../app/html.js";
import { Failed } from "./notice.js";

/**
 * The end of a list: a button to load more, or the note that there are no more.
 *
 * @param {{hasMore: boolean, loading: boolean, failure?: unknown, more: () => void}} props
 */
export function LoadMore({ hasMore, loading, failure, more }) {
  const [asked, setAsked] = useState(false);
  const load = () => {
    setAsked(true);
    more();
  };
  if (failure)
    return html`<${Failed} what="Couldn't load more results." error=${failure} again=${more} />`;
  if (!hasMore && !asked) return null;
  return html`
    <div class="load-more">
      ${
        hasMore
          ? html`<button type="button" onClick=${load} aria-disabled=${loading}>${loading ? "Loading…" : "Load more"}</button>`
          : html`<p class="hint" tabindex="-1">End of list</p>`
      }
    </div>
  `;
}
