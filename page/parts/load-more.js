import { useState } from "preact/hooks";
import { html } from "../app/html.js";
import { Failed } from "./notice.js";

/**
 * The end of a list that has more, or had.
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
    return html`<${Failed} what="The next ones could not be loaded." error=${failure} again=${more} />`;
  if (!hasMore && !asked) return null;
  return html`
    <div class="load-more">
      ${
        hasMore
          ? html`<button type="button" onClick=${load} aria-disabled=${loading}>${loading ? "Loading…" : "Load more"}</button>`
          : html`<p class="hint" tabindex="-1">These are all.</p>`
      }
    </div>
  `;
}
