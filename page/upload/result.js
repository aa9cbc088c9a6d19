import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Notice } from "../parts/notice.js";
import { ErrorFile, parts } from "../uploads/files.js";
import { KIND } from "../uploads/outcome.js";
import { RowErrors } from "../uploads/row-errors.js";
import { sentence } from "../uploads/sentence.js";
import { DropZone } from "./drop-zone.js";
import { add, start } from "./queue.js";

/** @import {Item} from "./types.js" */

/** The result of a file in one sentence, and the next steps. @param {{item: Item}} props */
export function Result({ item }) {
  const { upload } = item;
  if (upload === null) return null;
  return html`
    <${Notice} kind=${KIND[upload.status]}>
      <p><strong>${sentence(upload)}</strong> <a href=${href(["uploads", upload.id])}>Details</a></p>
      ${upload.failure && html`<p>${upload.failure.message}</p>`}
      ${upload.failure?.code === "file_duplicate" && !upload.dry_run && html`<${CountAgain} item=${item} />`}
      ${upload.dry_run && upload.failure === null && html`<${UploadNow} item=${item} />`}
    <//>
    ${upload.error_count > 0 && html`<${Correct} item=${item} />`}
  `;
}

/** @param {{item: Item}} props */
function UploadNow({ item }) {
  const words = item.upload?.error_count ? "Upload anyway" : "Upload now";
  return html`<button type="button" onClick=${() => start([item.id])}>${words}</button>`;
}

/** @param {{item: Item}} props */
function CountAgain({ item }) {
  return html`
    <p>If this is new usage that happens to be identical, you can count it again.</p>
    <button type="button" onClick=${() => start([item.id], { allowDuplicate: true })}>Count again</button>
  `;
}

/** The refused rows, and the drop zone for the corrected error file. @param {{item: Item}} props */
function Correct({ item: { id, kind, upload } }) {
  if (upload === null) return null;
  /** @param {File[]} files */
  const take = (files) => add(files, kind, id);
  return html`
    <${RowErrors} upload=${upload} heading="h4" />
    <div class="correct">
      <${ErrorFile} upload=${upload} />
      ${
        upload.dry_run
          ? html`<p class="hint">The error file lists the rows to correct in your file. No rows are counted yet.</p>`
          : html`
            <p class="hint">
              ${parts(upload) > 1 ? "The parts of the error file contain" : "The error file contains"} only the refused rows.
              Correct the rows, but don't change the identifier column.
            </p>
            <${DropZone} small words="Drop the corrected error file here to upload it" take=${take} />
          `
      }
    </div>
  `;
}
