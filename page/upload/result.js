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

/** What became of a file, in one sentence, and what to do next. @param {{item: Item}} props */
export function Result({ item }) {
  const { upload } = item;
  if (upload === null) return null;
  return html`
    <${Notice} kind=${KIND[upload.status]}>
      <p><strong>${sentence(upload)}</strong> <a href=${href(["uploads", upload.id])}>Details</a></p>
      ${upload.failure && html`<p>${upload.failure.message}</p>`}
      ${upload.failure?.code === "file_duplicate" && !upload.dry_run && html`<${TakeAllTheSame} item=${item} />`}
      ${upload.dry_run && upload.failure === null && html`<${UploadNow} item=${item} />`}
    <//>
    ${upload.error_count > 0 && html`<${Correct} item=${item} />`}
  `;
}

/** @param {{item: Item}} props */
function UploadNow({ item }) {
  const words = item.upload?.error_count ? "Upload it as it is" : "Upload it now";
  return html`<button type="button" onClick=${() => start([item.id])}>${words}</button>`;
}

/** @param {{item: Item}} props */
function TakeAllTheSame({ item }) {
  return html`
    <p>If these are new events that happen to be the same, they can be counted again.</p>
    <button type="button" onClick=${() => start([item.id], { allowDuplicate: true })}>Count them once more</button>
  `;
}

/** The rows that were refused, and the way back for them. @param {{item: Item}} props */
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
          ? html`<p class="hint">It lists what to correct in your file. Nothing of the file is counted yet.</p>`
          : html`
            <p class="hint">
              ${parts(upload) > 1 ? "Its parts hold" : "It holds"} the refused rows alone. Correct them there, and leave
              the column identifier as it is.
            </p>
            <${DropZone} small words="Drop the corrected error file here, and it is uploaded" take=${take} />
          `
      }
    </div>
  `;
}
