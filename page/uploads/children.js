import { useAnswer } from "../app/answer.js";
import { html } from "../app/html.js";
import { Failed } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { columns } from "./columns.js";
import { childrenOf } from "./relatives.js";

/** @import {Upload} from "../types.js" */

/** The corrected error files of an upload. @param {{upload: Upload}} props */
export function Children({ upload }) {
  const { answer, failure, reload } = useAnswer(
    (signal) => childrenOf(upload.id, signal),
    [upload.id],
  );
  if (failure !== null && answer === null) {
    return html`<${Failed} what="Couldn't load the corrected error files." error=${failure} again=${reload} />`;
  }
  if (answer === null || answer.data.length === 0) return null;
  return html`
    <section>
      <h2>Corrected error files</h2>
      <${Table}
        caption="Corrected error files"
        columns=${columns}
        rows=${answer.data}
        id=${(/** @type {Upload} */ { id }) => id}
      />
      ${answer.has_more && html`<p class="weak">Only the newest ones are shown.</p>`}
    </section>
  `;
}
