import { Status } from "../components/display";
import { CustomerName } from "../customers/name";
import { decimal, utcClock, utcDays } from "../lib/format";
import { href } from "../lib/router";
import { DAY } from "../usage/period";
import type { StoredEvent } from "../usage/types";

const COLUMNS = ["Time", "Customer", "Value", "Source", "Identifier", "Status"];

/**
 * Events as a table with a heading for each day on which they happened. On a phone, an event has two lines. The roles are
 * explicit because CSS that changes the layout removes those of the elements.
 */
export function FeedTable({
  caption,
  events,
  show,
  cancel,
}: {
  /** its name for screen readers */
  caption: string;
  /** newest received first */
  events: StoredEvent[];
  /** shows the details of an event */
  show: (event: StoredEvent) => void;
  /** if the key can write */
  cancel?: (event: StoredEvent) => void;
}) {
  return (
    <table class="feed" role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((name) => (
            <th
              key={name}
              role="columnheader"
              scope="col"
              class={name === "Value" ? "number" : undefined}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      {daysOf(events).map(({ day, events: ofDay }) => (
        <tbody key={`${day} ${ofDay[0]?.id}`} role="rowgroup">
          <tr role="row" class="feed-day">
            <th role="rowheader" scope="row" colspan={COLUMNS.length}>
              {utcDays(day * DAY)}
            </th>
          </tr>
          {ofDay.map((event) => (
            <Row key={event.id} event={event} show={show} cancel={cancel} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** Group consecutive events by the day on which they happened. */
function daysOf(events: StoredEvent[]) {
  const days: { day: number; events: StoredEvent[] }[] = [];
  for (const event of events) {
    const day = Math.floor(event.timestamp / DAY);
    const latest = days.at(-1);
    if (latest?.day === day) latest.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}

function Row({
  event,
  show,
  cancel,
}: {
  event: StoredEvent;
  show: (event: StoredEvent) => void;
  cancel: ((event: StoredEvent) => void) | undefined;
}) {
  return (
    <tr role="row">
      <th role="rowheader" scope="row" class="feed-time">
        <button
          type="button"
          class="quiet"
          aria-label={`${utcClock(event.timestamp)}, details of event ${event.identifier}`}
          onClick={() => show(event)}
        >
          {utcClock(event.timestamp)}
        </button>
      </th>
      <td role="cell" class="feed-customer">
        <CustomerName id={event.customer} />
      </td>
      <td role="cell" class="number">
        {decimal(event.value)}
      </td>
      <td role="cell" class="feed-source">
        <Origin event={event} />
      </td>
      <td role="cell" class="feed-identifier">
        <span class="code" title={event.identifier}>
          {shortened(event.identifier)}
        </span>
      </td>
      <td role="cell" class="feed-status">
        {event.cancelled !== null ? (
          <Status status="cancelled" />
        ) : cancel ? (
          <button
            type="button"
            class="quiet"
            aria-label={`Cancel event ${event.identifier}`}
            onClick={() => cancel(event)}
          >
            Cancel
          </button>
        ) : (
          "Counted"
        )}
      </td>
    </tr>
  );
}

function Origin({ event: { upload, row_number: row } }: { event: StoredEvent }) {
  if (upload === null || row === null) return "Created with the API";
  return <a href={href(["uploads", upload])}>File, row {row}</a>;
}

const LONG = 24; // characters
const HEAD = 12;
const TAIL = 8;

/** Shorten an identifier in the middle, because both of its ends tell it from others. */
function shortened(identifier: string) {
  if (identifier.length <= LONG) return identifier;
  return `${identifier.slice(0, HEAD)}…${identifier.slice(-TAIL)}`;
}
