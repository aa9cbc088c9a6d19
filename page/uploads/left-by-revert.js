import { useAnswer } from "../app/answer.js";
import { html } from "../app/html.js";
import { Failed } from "../parts/notice.js";
import { revertPreview } from "./relatives.js";
import { Left } from "./revert-dialog.js";

/** @import {Upload} from "../types.js" */

/** The uploads related to a revert that started. @param {{upload: Upload}} props */
export function LeftByRevert({ upload }) {
  const { answer, failure, reload } = useAnswer(
    (signal) => revertPreview(upload.id, signal),
    [upload.id, upload.status],
  );
  if (failure !== null) {
    return html`<${Failed} what="Couldn't load the related uploads." error=${failure} again=${reload} />`;
  }
  if (answer === null || answer.children.length + answer.duplicates.length === 0) return null;
  return html`
    <section class="left-by-revert">
      <h2>Related uploads</h2>
      <${Left} revert=${answer} />
    </section>
  `;
}
