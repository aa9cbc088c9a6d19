import { useState } from "preact/hooks";
import { pathPart, post } from "../app/api.js";
import { html } from "../app/html.js";
import { ConfirmDialog } from "../parts/dialog.js";
import { Notice } from "../parts/notice.js";
import { Progress } from "../parts/progress.js";
import { UploadLinks } from "../uploads/upload-links.js";

/** @import {BillingPeriod} from "./types.js" */

/** Milliseconds between two requests for a period that is being closed. */
export const PAUSE = 2000;

/** The button that closes a period. @param {{period: BillingPeriod, put: (period: BillingPeriod) => void}} props */
export function ClosePeriod({ period, put }) {
  const [open, setOpen] = useState(false);
  const ended = period.end_time * 1000 <= Date.now();
  if (period.status === "closing" || !ended) return null;
  return html`
    <button type="button" class="primary" onClick=${() => setOpen(true)}>
      ${period.statement_count === 0 ? "Close period…" : "Close again…"}
    </button>
    ${open && html`<${CloseDialog} period=${period} put=${put} close=${() => setOpen(false)} />`}
  `;
}

/** @param {{period: BillingPeriod, put: (period: BillingPeriod) => void, close: () => void}} props */
function CloseDialog({ period, put, close }) {
  const act = async (/** @type {string} */ idempotencyKey) =>
    put(await post(`v1/billing_periods/${pathPart(period.id)}/close`, {}, { idempotencyKey }));
  const number = period.statement_count + 1;
  return html`
    <${ConfirmDialog} title="Close this billing period${number > 1 ? " again" : ""}?" confirm="Close period" act=${act} close=${close}>
      <p>
        ${
          number === 1
            ? "Meterdrop stores statement 1. It has one line for each customer and meter with usage."
            : `Meterdrop stores statement ${number}. It has only the differences since statement ${number - 1}.`
        }
        ${" "}A statement never changes, and you can't delete it.
      </p>
      <p>
        ${
          period.late_policy === "adjust"
            ? "Usage that arrives later is still counted. To bill it, close the period again."
            : "From now on, Meterdrop refuses rows and events of this period. You can't undo this. You can still revert uploads and cancel events. To bill these changes, close the period again."
        }
      </p>
      <p>The close waits for uploads in progress, at most ten minutes.</p>
    <//>
  `;
}

/** The progress of a close. @param {{period: BillingPeriod}} props */
export function CloseProgress({ period: { status, waiting_for, statement_count } }) {
  if (status !== "closing") return null;
  return html`
    <${Notice}>
      <${Progress} label=${waiting_for.length > 0 ? "Waiting for uploads in progress…" : `Making statement ${statement_count + 1}…`} />
      ${waiting_for.length > 0 && html`<${UploadLinks} ids=${waiting_for} />`}
    <//>
  `;
}
