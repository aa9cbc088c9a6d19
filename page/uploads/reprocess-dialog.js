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
      <p>The same file is run again, by the meters and customers of today.</p>
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
      "Customers that its rows name are registered or changed as the file says, later changes included.",
    ];
  }
  if (upload.dry_run)
    return ["Nothing is stored, as before. The verdicts and the error file are made anew."];
  if (upload.status === "failed") {
    return ["The file is judged as a whole anew. If it is good now, its rows are counted."];
  }
  return [
    "Rows that are counted stay counted, once. Cancelled events stay cancelled.",
    "Rows that were refused, or that were duplicates of what has since been reverted, are judged anew.",
    "The error file is written anew, or removed if no row is refused any more.",
    "If the file is refused as a whole now, what it had counted is taken back.",
  ];
}
