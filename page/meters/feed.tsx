import { useEffect, useRef, useState } from "preact/hooks";
import { announce, Notice } from "../components/feedback";
import { Field, useTyped } from "../components/form";
import { LiveRows } from "../components/live";
import { Listed } from "../components/table";
import { pathPart } from "../lib/api";
import { counted } from "../lib/format";
import { can, session } from "../lib/session";
import type { Deeds, State } from "../lib/use-pages";
import { usePages } from "../lib/use-pages";
import type { Query } from "../types";
import type { Meter, StoredEvent } from "../usage/types";
import { CancelDialog, EventDialog } from "./event-dialogs";
import { FeedTable } from "./feed-table";

const PAGE = 20;
const NEWEST = 100; // the limit of the feed for all customers
const PAUSE = 4_000; // milliseconds

/** The live feed: a meter's newest events, in order of arrival. Or the events with an identifier. */
export function Feed({
  meter,
  customer,
  identifier,
  change,
  changed,
}: {
  meter: Meter;
  /** an ID, or "" for all */
  customer: string;
  /** to find, or "" */
  identifier: string;
  /** changes the address */
  change: (changes: Query) => void;
  /** called when usage has changed */
  changed: () => void;
}) {
  const [live, setLive] = useState(true);
  const [cancelling, setCancelling] = useState<StoredEvent | null>(null);
  const [shown, setShown] = useState<StoredEvent | null>(null);
  const feed = usePages<StoredEvent>(
    `v1/billing/meters/${pathPart(meter.id)}/events`,
    { customer, identifier, limit: PAGE },
    { poll: () => live && identifier === "" && PAUSE },
  );
  useNews(feed.things, changed);

  const cancelled = (event: StoredEvent) => {
    const at = Math.floor(Date.now() / 1000);
    const by = session.value?.about ?? null;
    const last_change = { action: "cancel", at, by, request_id: null };
    feed.put({ ...event, cancelled: at, last_change });
    changed();
  };
  return (
    <>
      <section aria-labelledby="feed">
        <div class="section-title">
          <h2 id="feed">{identifier ? "Events found" : "Live feed"}</h2>
          {identifier === "" && (
            <label class="switch">
              <input type="checkbox" checked={live} onChange={() => setLive(!live)} /> Show new
              events automatically
            </label>
          )}
        </div>
        <FindEvent identifier={identifier} change={change} />
        <Events
          feed={feed}
          customer={customer}
          live={live}
          identifier={identifier}
          show={setShown}
          cancel={can("meter_events:write") ? setCancelling : undefined}
        />
      </section>
      {shown && <EventDialog event={shown} close={() => setShown(null)} />}
      {cancelling && (
        <CancelDialog event={cancelling} cancelled={cancelled} close={() => setCancelling(null)} />
      )}
    </>
  );
}

/** The search for an event. The address contains the identifier. */
function FindEvent({
  identifier,
  change,
}: {
  identifier: string;
  change: (changes: Query) => void;
}) {
  const [typed, setTyped] = useTyped(identifier);
  const find = (event: Event) => {
    event.preventDefault();
    change({ identifier: typed.trim() });
  };
  return (
    <search>
      <form class="filters" onSubmit={find}>
        <Field label="Identifier">
          {(attributes) => (
            <input
              {...attributes}
              type="search"
              value={typed}
              autocomplete="off"
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit">Find event</button>
        {identifier && (
          <button type="button" class="quiet" onClick={() => change({ identifier: "" })}>
            Show the live feed
          </button>
        )}
      </form>
    </search>
  );
}

function Events({
  feed,
  customer,
  live,
  identifier,
  show,
  cancel,
}: {
  feed: State<StoredEvent> & Deeds<StoredEvent>;
  customer: string;
  live: boolean;
  identifier: string;
  show: (event: StoredEvent) => void;
  cancel: ((event: StoredEvent) => void) | undefined;
}) {
  const empty = identifier ? (
    <p>No event of this meter has the identifier {identifier}. Enter the whole identifier.</p>
  ) : (
    <p>No events yet{customer && " for this customer"}.</p>
  );
  return (
    <>
      {feed.stale !== null && (
        <Notice kind="warn">The feed might be out of date because the API didn't respond.</Notice>
      )}
      <Listed list={feed} what="events" empty={empty}>
        {(things) => (
          <LiveRows key={feed.list} rows={things} id={({ id }) => id} paused={!live}>
            {(events) => (
              <FeedTable
                caption={`Events${identifier && " found"}, newest received first`}
                events={events}
                show={show}
                cancel={cancel}
              />
            )}
          </LiveRows>
        )}
      </Listed>
      {customer + identifier === "" && (feed.things?.length ?? 0) >= NEWEST && (
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
  const place = now.findIndex((event) => event.id === before[0]?.id);
  return place < 0 ? now.length : place;
}
