import { ConfirmDialog, Dialog } from "../components/dialog";
import { Facts, LastChange, LocalTime, Status } from "../components/display";
import { announce } from "../components/feedback";
import { CustomerName } from "../customers/name";
import { post } from "../lib/api";
import { count, decimal, utcTime, ZONE } from "../lib/format";
import { UploadLinks } from "../uploads/related";
import type { StoredEvent } from "../usage/types";

/** A dialog with everything that is known of an event. */
export function EventDialog({ event, close }: { event: StoredEvent; close: () => void }) {
  const { upload, row_number: row, cancelled, last_change: change } = event;
  return (
    <Dialog title="Event" close={close}>
      <div class="dialog-body">
        {cancelled !== null && (
          <p>
            <Status status="cancelled" /> <LocalTime at={cancelled} /> ({ZONE})
          </p>
        )}
        <Facts
          facts={[
            ["Customer", <CustomerName id={event.customer} />],
            ["Value", decimal(event.value)],
            ["Happened", utcTime(event.timestamp)],
            [`Received (${ZONE})`, <LocalTime at={event.created} />],
            ["Identifier", <code>{event.identifier}</code>],
            ["Source", upload === null ? "Created with the API" : <UploadLinks ids={[upload]} />],
            ["Row", row === null ? null : count(row)],
            ["Partner", event.partner],
            ["Last change", change && <LastChange change={change} />],
          ]}
        />
        <h3>Payload</h3>
        <Facts
          facts={Object.entries(event.payload).map(([key, value]) => [key, <code>{value}</code>])}
        />
      </div>
      <div class="dialog-actions">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
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
    const { event_name, identifier, partner } = event;
    await post(
      "v1/billing/meter_event_adjustments",
      { type: "cancel", event_name, cancel: { identifier }, ...(partner ? { partner } : {}) },
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
          ["Customer", <CustomerName id={event.customer} />],
          ["Value", decimal(event.value)],
          ["Event time", utcTime(event.timestamp)],
          ["Identifier", <code>{event.identifier}</code>],
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
