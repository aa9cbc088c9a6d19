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

/** The error file, whose parts are a file each. @param {{upload: Upload}} props */
export function ErrorFile({ upload }) {
  const parts = Array.from({ length: upload.error_file?.part_count ?? 0 }, (_, at) => at + 1);
  return parts.map((part) => html`<${Part} key=${part} upload=${upload} part=${part} />`);
}

/** @param {{upload: Upload, part: number}} props */
function Part({ upload, part }) {
  const name = `${upload.file_name.replace(/\.csv$/, "")}.errors${part === 1 ? "" : `.${part}`}.csv`;
  const act = () => downloadFromBucket(`v1/uploads/${upload.id}/error_file?part=${part}`, name);
  const which = upload.error_file?.part_count === 1 ? "" : `, part ${part}`;
  return html`<${Action} act=${act}>Download error file${which}<//>`;
}
