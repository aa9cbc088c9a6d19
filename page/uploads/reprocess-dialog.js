import { post } from "../app/api.js";
import { html } from "../app/html.js";
import { ConfirmDialog } from "../parts/dialog.js";

/** @import {Upload} from "../types.js" */

/** @param {{upload: Upload, put: (upload: Upload) => void, close: () => void}} props */
export function ReprocessDialog({ upload, put, close }) {
  const act = async (/** @type {string} */ idempotencyKey) =>
    put(await post(`v1/uploads/${upload.id}/reprocess`, {}, { idempotencyKey }));
  return html`
    <${ConfirmDialog} title=${`Reprocess ${upload.file_name}?`} confirm="Reprocess" act=${act} close=${close}>
      <p>Meterdrop processes the same file again, with the current meters and customers.</p>
      <ul>
        ${consequences(upload).map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}
      </ul>
    <//>
  `;
}

/** @param {Upload} upload */
function consequences(upload) {
  if (upload.kind === "customers") {
    return [
      "Meterdrop registers or changes the customers in the file. This overwrites later changes to them.",
    ];
  }
  if (upload.dry_run)
    return [
      "Meterdrop validates every row again and replaces the error file. It stores no meter events.",
    ];
  if (upload.status === "failed") {
    return [
      "Meterdrop validates the whole file again. If the file is valid now, its valid rows are counted.",
    ];
  }
  return [
    "Counted rows stay counted, only once. Cancelled events stay cancelled.",
    "Meterdrop validates refused rows again, and duplicates of rows that have been reverted.",
    "Meterdrop replaces the error file, or deletes it if no rows are refused.",
    "If the whole file is refused now, Meterdrop removes its events.",
  ];
}
