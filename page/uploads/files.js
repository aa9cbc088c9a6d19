import { downloadFromBucket } from "../app/download.js";
import { html } from "../app/html.js";
import { Action } from "../parts/action.js";

/** @import {Upload} from "../types.js" */

/** The file as it was dropped, and what was refused of it, each by one click. @param {{upload: Upload}} props */
export function Files({ upload }) {
  const act = () => downloadFromBucket(`v1/uploads/${upload.id}/file`, upload.file_name);
  return html`
    ${upload.error_file && html`<${ErrorFile} upload=${upload} />`}
    <${Action} act=${act}>Download original<//>
  `;
}

/** @param {{upload: Upload}} props */
export function ErrorFile({ upload }) {
  const name = `${upload.file_name.replace(/\.csv$/, "")}.errors.csv`;
  const act = () => downloadFromBucket(`v1/uploads/${upload.id}/error_file`, name);
  return html`<${Action} act=${act}>Download error file<//>`;
}
