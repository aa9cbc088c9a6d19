import { downloadFromBucket } from "../app/download.js";
import { html } from "../app/html.js";
import { Action } from "../parts/action.js";

/** @import {Upload} from "../types.js" */

/** The buttons to download the error file and the original file. @param {{upload: Upload}} props */
export function Files({ upload }) {
  const act = () => downloadFromBucket(`v1/uploads/${upload.id}/file`, upload.file_name);
  return html`
    ${upload.error_file && html`<${ErrorFile} upload=${upload} />`}
    <${Action} act=${act}>Download original<//>
  `;
}

/** A button for each part of it. @param {{upload: Upload}} props */
export function ErrorFile({ upload }) {
  const count = parts(upload);
  const path = `v1/uploads/${upload.id}/error_file`;
  const name = `${upload.file_name.replace(/\.csv$/, "")}.errors`;
  if (count === 1) {
    return html`<${Action} act=${() => downloadFromBucket(path, `${name}.csv`)}>Download error file<//>`;
  }
  return Array.from({ length: count }, (_, at) => {
    const part = at + 1;
    const act = () => downloadFromBucket(`${path}?part=${part}`, `${name}.${part}.csv`);
    return html`<${Action} key=${part} act=${act}>Download error file, part ${part} of ${count}<//>`;
  });
}

/** Return the number of parts of the error file. @param {Upload} upload */
export function parts({ error_file }) {
  return error_file?.part_count ?? 1;
}
