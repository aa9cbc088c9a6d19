import { useAnswer } from "../app/answer.js";
import { post } from "../app/api.js";
import { counted, decimal } from "../app/format.js";
import { html } from "../app/html.js";
import { ConfirmDialog } from "../parts/dialog.js";
import { Failed, Loading } from "../parts/notice.js";
import { revertPreview } from "./relatives.js";
import { UploadLinks } from "./upload-links.js";

/** @import {Revert, Total, Upload} from "../types.js" */

/** @param {{upload: Upload, put: (upload: Upload) => void, close: () => void}} props */
export function RevertDialog({ upload, put, close }) {
  const { answer, failure, reload } = useAnswer(
    (signal) => revertPreview(upload.id, signal),
    [upload.id],
  );
  const act = async (/** @type {string} */ idempotencyKey) =>
    put(await post(`v1/uploads/${upload.id}/revert`, {}, { idempotencyKey }));
  return html`
    <${ConfirmDialog}
      title=${`Revert ${upload.file_name}?`}
      confirm="Revert"
      danger
      ready=${answer !== null}
      act=${act}
      close=${close}
    >
      <p>${taken(upload)} Their identifiers are free again. This cannot be undone; to count the rows after all, drop the
        file again.</p>
      ${upload.totals.length > 0 && html`<ul>${upload.totals.map(total)}</ul>`}
      ${answer !== null && html`<${Left} revert=${answer} />`}
      ${answer === null && failure === null && html`<${Loading} what="what else it concerns" />`}
      ${failure !== null && html`<${Failed} what="What else it concerns could not be loaded." error=${failure} again=${reload} />`}
    <//>
  `;
}

/** @param {Upload} upload */
function taken(upload) {
  return upload.success_count === 1
    ? "Its one event is taken back, as if it had never been."
    : `All its ${counted(upload.success_count, "event")} are taken back, as if they had never been.`;
}

/** @param {Total} total */
function total({ event_name, event_count, value_sum }) {
  const sum = value_sum === null ? "" : `, sum of values ${decimal(value_sum)}`;
  return html`<li key=${event_name}>${event_name}: ${counted(event_count, "event")}${sum}</li>`;
}

/** What a revert leaves as it is. @param {{revert: Revert}} props */
export function Left({ revert: { children, duplicates } }) {
  if (children.length + duplicates.length === 0) return html`<p>No other upload is concerned.</p>`;
  return html`
    ${
      children.length > 0 &&
      html`
      <h3>Corrected files keep their events</h3>
      <p>What these counted stays. Revert them too if it is to go:</p>
      <${UploadLinks} ids=${children} />
    `
    }
    ${
      duplicates.length > 0 &&
      html`
      <h3>Duplicates elsewhere do not come back by themselves</h3>
      <p>These have rows that were duplicates of this upload's. To have them counted, reprocess them after the revert:</p>
      <${UploadLinks} ids=${duplicates} />
    `
    }
  `;
}
