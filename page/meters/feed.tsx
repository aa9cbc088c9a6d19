import { useEffect, useRef, useState } from "preact/hooks";
import { announce, Empty, Failed, Loading, Notice } from "../components/feedback";
import { LiveRows } from "../components/live";
import { LoadMore } from "../components/table";
import { pathPart } from "../lib/api";
import { counted } from "../lib/format";
import { can } from "../lib/session";
import type { Deeds, State } from "../lib/use-pages";
import { usePages } from "../lib/use-pages";
import type { Meter, StoredEvent } from "../usage/types";
import { CancelDialog, FeedTable } from "./feed-table";

const PAGE = 20;
const NEWEST = 100; // the limit of the feed for all customers
const PAUSE = 4_000; // milliseconds

/** The live feed: a meter's newest events, in order of arrival. */
export function Feed({
  meter,
  customer,
  changed,
}: {
  meter: Meter;
  /** an ID, or "" for all */
  customer: string;
  /** called when usage has changed */
  changed: () => void;
}) {
  const [live, setLive] = useState(true);
  const [cancelling, setCancelling] = useState<StoredEvent | null>(null);
  const feed = usePages(
    `v1/billing/meters/${pathPart(meter.id)}/events`,
    { customer, limit: PAGE },
    { idOf: (event: StoredEvent) => event.identifier, poll: () => live && PAUSE },
  );
  useNews(feed.things, changed);

  const cancelled = (event: StoredEvent) => {
    feed.put({ ...event, cancelled: Math.floor(Date.now() / 1000) });
    changed();
  };
  return (
    <>
      <section aria-labelledby="feed">
        <div class="section-title">
          <h2 id="feed">Live feed</h2>
          <label class="switch">
            <input type="checkbox" checked={live} onChange={() => setLive(!live)} /> Show new events
            automatically
          </label>
        </div>
        <Events
          feed={feed}
          customer={customer}
          live={live}
          cancel={can("meter_events:write") ? setCancelling : undefined}
        />
      </section>
      {cancelling && (
        <CancelDialog event={cancelling} cancelled={cancelled} close={() => setCancelling(null)} />
      )}
    </>
  );
}

function Events({
  feed,
  customer,
  live,
  cancel,
}: {
  feed: State<StoredEvent> & Deeds<StoredEvent>;
  customer: string;
  live: boolean;
  cancel: ((event: StoredEvent) => void) | undefined;
}) {
  const { things, failure } = feed;
  if (things === null) {
    if (failure === null) return <Loading what="events" />;
    return <Failed what="Couldn't load the events." error={failure} again={feed.more} />;
  }
  if (things.length === 0)
    return (
      <Empty>
        <p>No events yet{customer && " for this customer"}.</p>
      </Empty>
    );
  return (
    <>
      {feed.stale !== null && (
        <Notice kind="warn">The feed might be out of date because the API didn't respond.</Notice>
      )}
      <LiveRows key={feed.list} rows={things} id={({ identifier }) => identifier} paused={!live}>
        {(events) => <FeedTable events={events} cancel={cancel} />}
      </LiveRows>
      <LoadMore {...feed} />
      {customer === "" && things.length >= NEWEST && (
        <p class="hint">
          The feed shows the newest {NEWEST} events. To see all events of a customer, choose the
          customer.
        </p>
      )}
    </>
  );
}

/** Have screen readers read how many events are new since the last update of the feed. */
export function useNews(events: StoredEvent[] | null, changed: () => void) {
  const before = useRef(events);
  useEffect(() => {
    const news = before.current === null || events === null ? 0 : countNew(before.current, events);
    before.current = events;
    if (news === 0) return;
    announce(`${counted(news, "new event")}.`);
    changed();
  }, [events]);
}

/**
 * @param before the feed before the update, newest received first
 * @returns the number of events before the first known event
 */
function countNew(before: StoredEvent[], now: StoredEvent[]): number {
  const place = now.findIndex((event) => event.identifier === before[0]?.identifier);
  return place < 0 ? now.length : place;
}
