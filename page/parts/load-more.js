import { html } from "../app/html.js";
import { Failed } from "./notice.js";

/**
 * The end of a list that has more.
 *
 * @param {{hasMore: boolean, loading: boolean, failure?: unknown, more: () => void}} props
 */
export function LoadMore({ hasMore, loading, failure, more }) {
  if (failure)
    return html`<${Failed} what="The next ones could not be loaded." error=${failure} again=${more} />`;
  if (!hasMore) return null;
  return html`
    <div class="load-more">
      <button type="button" onClick=${more} aria-disabled=${loading}>${loading ? "Loading…" : "Load more"}</button>
    </div>
  `;
}
