import { post } from "../app/api.js";
import { decimal, utcTime } from "../app/format.js";
import { html } from "../app/html.js";
import { announce } from "../parts/announcer.js";
import { ConfirmDialog } from "../parts/dialog.js";
import { Facts } from "../parts/facts.js";

/** @import {StoredEvent} from "./types.js" */

/**
 * A dialog that cancels one event permanently.
 *
 * @param {{event: StoredEvent, cancelled: (event: StoredEvent) => void, close: () => void}} props
 */
export function CancelDialog({ event, cancelled, close }) {
  /** @param {string} idempotencyKey */
  async function act(idempotencyKey) {
    const { event_name, identifier } = event;
    await post(
      "v1/billing/meter_event_adjustments",
      { type: "cancel", event_name, cancel: { identifier } },
      { idempotencyKey },
    );
    announce("Event cancelled.");
    cancelled(event);
  }

  return html`
    <${ConfirmDialog} title="Cancel this event?" confirm="Cancel event" dismiss="Keep event" danger act=${act} close=${close}>
      <${Facts}
        facts=${[
          ["Customer", event.customer],
          ["Value", decimal(event.value)],
          ["Event time", utcTime(event.timestamp)],
          ["Identifier", html`<span class="code">${event.identifier}</span>`],
        ]}
      />
      <p>This permanently removes the event from usage. The live feed shows it as cancelled. You can't undo this.</p>
      <p>You can't use the identifier again. If you upload the same row again, it counts as a duplicate.</p>
    <//>
  `;
}
