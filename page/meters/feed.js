import { useState } from "preact/hooks";
import { pathPart } from "../app/api.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { can } from "../app/permissions.js";
import { usePoll } from "../app/poll.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading, Notice } from "../parts/notice.js";
import { CancelDialog } from "./cancel-dialog.js";
import { FeedTable } from "./feed-table.js";
import { useNews } from "./use-news.js";

/** @import {Deeds, State} from "../app/paged.js" */
/** @import {Meter, StoredEvent} from "./types.js" */

const PAGE = 20;
const NEWEST = 100; // the limit of the feed for all customers
const PAUSE = 4_000; // milliseconds

/**
 * The live feed: a meter's newest events, in order of arrival.
 *
 * @param {object} props
 * @param {Meter} props.meter
 * @param {string} props.customer an ID, or "" for all
 * @param {() => void} props.changed called when usage has changed
 */
export function Feed({ meter, customer, changed }) {
  const [live, setLive] = useState(true);
  const [cancelling, setCancelling] = useState(/** @type {StoredEvent | null} */ (null));
  const feed = usePaged(
    `v1/billing/meters/${pathPart(meter.id)}/events`,
    { customer, limit: PAGE },
    (/** @type {StoredEvent} */ event) => event.identifier,
  );
  useNews(feed.things, changed);
  usePoll(feed.refresh, PAUSE, live && feed.things !== null);

  const cancelled = (/** @type {StoredEvent} */ event) => {
    feed.put({ ...event, cancelled: Math.floor(Date.now() / 1000) });
    changed();
  };
  return html`
    <section aria-labelledby="feed">
      <div class="section-title">
        <h2 id="feed">Live feed</h2>
        <label class="switch">
          <input type="checkbox" checked=${live} onChange=${() => setLive(!live)} /> Show new events automatically
        </label>
      </div>
      <${Events} feed=${feed} customer=${customer} cancel=${can("meter_events:write") ? setCancelling : undefined} />
    </section>
    ${cancelling && html`<${CancelDialog} event=${cancelling} cancelled=${cancelled} close=${() => setCancelling(null)} />`}
  `;
}

/**
 * @param {object} props
 * @param {State<StoredEvent> & Deeds<StoredEvent>} props.feed
 * @param {string} props.customer
 * @param {((event: StoredEvent) => void) | undefined} props.cancel
 */
function Events({ feed, customer, cancel }) {
  const { things, failure } = feed;
  if (things === null) {
    if (failure === null) return html`<${Loading} what="events" />`;
    return html`<${Failed} what="Couldn't load the events." error=${failure} again=${feed.more} />`;
  }
  if (things.length === 0)
    return html`<${Empty}><p>No events yet${customer && " for this customer"}.</p><//>`;
  return html`
    ${feed.stale !== null && html`<${Notice} kind="warn">The feed might be out of date because the API didn't respond.<//>`}
    <${FeedTable} events=${things} cancel=${cancel} />
    <${LoadMore} ...${feed} />
    ${customer === "" && things.length >= NEWEST && html`<p class="hint">The feed shows the newest ${NEWEST} events. To see all events of a customer, choose the customer.</p>`}
  `;
}
