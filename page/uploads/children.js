import { useAnswer } from "../app/answer.js";
import { html } from "../app/html.js";
import { Failed } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { columns } from "./columns.js";
import { childrenOf } from "./relatives.js";

/** @import {Upload} from "../types.js" */

/** The error files of an upload that were corrected and dropped back. @param {{upload: Upload}} props */
export function Children({ upload }) {
  const { answer, failure, reload } = useAnswer(
    (signal) => childrenOf(upload.id, signal),
    [upload.id],
  );
  if (failure !== null && answer === null) {
    return html`<${Failed} what="Its corrected files could not be loaded." error=${failure} again=${reload} />`;
  }
  if (answer === null || answer.data.length === 0) return null;
  return html`
    <section>
      <h2>Corrected files of this upload</h2>
      <${Table}
        caption="Corrected files of this upload"
        columns=${columns}
        rows=${answer.data}
        id=${(/** @type {Upload} */ { id }) => id}
      />
      ${answer.has_more && html`<p class="weak">The newest ones; there are more.</p>`}
    </section>
  `;
}
