import { ConfirmDialog } from "../components/dialog";
import { Facts, LastChange, LocalTime, Status } from "../components/display";
import { announce } from "../components/feedback";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { post } from "../lib/api";
import { decimal, utcTime, ZONE } from "../lib/format";
import { href } from "../lib/router";
import type { StoredEvent } from "../usage/types";

const COLUMNS: Column<StoredEvent>[] = [
  { name: "Event time", heading: true, cell: (event) => utcTime(event.timestamp) },
  {
    name: "Customer",
    cell: (event) => (
      <a class="code" href={href(["customers", event.customer])}>
        {event.customer}
      </a>
    ),
  },
  { name: "Value", number: true, cell: (event) => decimal(event.value) },
  { name: "Source", cell: (event) => <Origin event={event} /> },
  { name: `Received (${ZONE})`, cell: (event) => <LocalTime at={event.created} /> },
  { name: "Identifier", cell: (event) => <span class="code">{event.identifier}</span> },
  {
    name: "Last change",
    cell: ({ last_change }) => (last_change === null ? "–" : <LastChange change={last_change} />),
  },
];

export function FeedTable({
  events,
  cancel,
}: {
  events: StoredEvent[];
  /** if the key can write */
  cancel?: (event: StoredEvent) => void;
}) {
  const state: Column<StoredEvent> = {
    name: "Status",
    cell: (event) => {
      if (event.cancelled !== null) return <Status status="cancelled" />;
      if (!cancel) return "Counted";
      const label = `Cancel event ${event.identifier}`;
      return (
        <button type="button" class="quiet" aria-label={label} onClick={() => cancel(event)}>
          Cancel
        </button>
      );
    },
  };
  return (
    <Table
      caption="Events, newest received first"
      columns={[...COLUMNS, state]}
      rows={events}
      id={(event: StoredEvent) => event.identifier}
    />
  );
}

function Origin({ event: { upload, row_number: row } }: { event: StoredEvent }) {
  if (upload === null || row === null) return "Created with the API";
  return <a href={href(["uploads", upload])}>File, row {row}</a>;
}

/** A dialog that cancels one event permanently. */
export function CancelDialog({
  event,
  cancelled,
  close,
}: {
  event: StoredEvent;
  cancelled: (event: StoredEvent) => void;
  close: () => void;
}) {
  async function act(idempotencyKey: string) {
    const { event_name, identifier } = event;
    await post(
      "v1/billing/meter_event_adjustments",
      { type: "cancel", event_name, cancel: { identifier } },
      { idempotencyKey },
    );
    announce("Event cancelled.");
    cancelled(event);
  }

  return (
    <ConfirmDialog
      title="Cancel this event?"
      confirm="Cancel event"
      dismiss="Keep event"
      danger
      act={act}
      close={close}
    >
      <Facts
        facts={[
          ["Customer", event.customer],
          ["Value", decimal(event.value)],
          ["Event time", utcTime(event.timestamp)],
          ["Identifier", <span class="code">{event.identifier}</span>],
        ]}
      />
      <p>
        This permanently removes the event from usage. The live feed shows it as cancelled. You
        can't undo this.
      </p>
      <p>
        You can't use the identifier again. If you upload the same row again, it counts as a
        duplicate.
      </p>
    </ConfirmDialog>
  );
}
