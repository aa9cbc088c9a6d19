import { useState } from "preact/hooks";
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
  const [reprocesses, setReprocesses] = useState(false);
  const parameters = reprocesses ? { reprocess_duplicates: "true" } : {};
  const act = async (/** @type {string} */ idempotencyKey) =>
    put(await post(`v1/uploads/${upload.id}/revert`, parameters, { idempotencyKey }));
  return html`
    <${ConfirmDialog}
      title=${`Revert ${upload.file_name}?`}
      confirm="Revert"
      danger
      ready=${answer !== null}
      act=${act}
      close=${close}
    >
      <p>
        This removes ${counted(upload.success_count, "event")} from usage, and you can use the identifiers again. You can't
        undo a revert. To count the rows again, upload the file again.
      </p>
      ${upload.totals.length > 0 && html`<ul>${upload.totals.map(total)}</ul>`}
      ${answer !== null && html`<${Left} revert=${answer} />`}
      ${
        answer !== null &&
        answer.duplicates.length > 0 &&
        html`
          <label class="switch">
            <input
              type="checkbox"
              checked=${reprocesses}
              onChange=${(/** @type {any} */ event) => setReprocesses(event.target.checked)}
            />
            Reprocess the uploads with duplicates
          </label>
        `
      }
      ${answer === null && failure === null && html`<${Loading} what="related uploads" />`}
      ${failure !== null && html`<${Failed} what="Couldn't load the related uploads." error=${failure} again=${reload} />`}
    <//>
  `;
}

/** @param {Total} total */
function total({ event_name, event_count, value_sum }) {
  const sum = value_sum === null ? "" : `, sum of values ${decimal(value_sum)}`;
  return html`<li key=${event_name}>${event_name}: ${counted(event_count, "event")}${sum}</li>`;
}

/** The uploads that a revert doesn't change. @param {{revert: Revert}} props */
export function Left({ revert: { children, duplicates } }) {
  if (children.length + duplicates.length === 0) return html`<p>No other uploads are affected.</p>`;
  return html`
    ${
      children.length > 0 &&
      html`
      <h3>Corrected error files keep their events</h3>
      <p>This revert doesn't include the following uploads. To remove their events, revert them too:</p>
      <${UploadLinks} ids=${children} />
    `
    }
    ${
      duplicates.length > 0 &&
      html`
      <h3>Duplicates in other uploads aren't counted automatically</h3>
      <p>
        The following uploads have rows that are duplicates of this upload's rows. To count these rows, reprocess the
        uploads after the revert:
      </p>
      <${UploadLinks} ids=${duplicates} />
    `
    }
  `;
}
