import { localTime } from "../app/format.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Status } from "../parts/status.js";
import { sentence } from "../uploads/sentence.js";
import { decide } from "./queue.js";

/** @import {Upload} from "../types.js" */
/** @import {Item} from "./types.js" */

/**
 * The choice between an update of an earlier file and a new file.
 *
 * @param {{item: Item}} props
 */
export function EarlierChoice({ item }) {
  const { id, file, earlier, updates, state } = item;
  /** @param {string | null} upload */
  const isChosen = (upload) => state !== "undecided" && updates === upload;
  return html`
    <fieldset class="earlier">
      <legend>You already uploaded a file named ${file.name}. Is this an updated version of it?</legend>
      ${earlier?.map(
        (upload) => html`
          <div key=${upload.id}>
            <label>
              <input
                type="radio"
                name=${`earlier-${id}`}
                checked=${isChosen(upload.id)}
                onChange=${() => decide(id, upload.id)}
              />
              <span>Yes, update the file from ${localTime(upload.created)}. Rows in both files count once.</span>
            </label>
            <${Had} upload=${upload} />
          </div>
        `,
      )}
      <div>
        <label>
          <input type="radio" name=${`earlier-${id}`} checked=${isChosen(null)} onChange=${() => decide(id, null)} />
          <span>No, upload it as a new file. Rows without an identifier count again.</span>
        </label>
      </div>
    </fieldset>
  `;
}

/** The result and the key of an earlier upload. @param {{upload: Upload}} props */
function Had({ upload }) {
  return html`
    <p class="hint">
      <${Status} status=${upload.status} /> ${sentence(upload)}${" "}
      <a href=${href(["uploads", upload.id])}>${upload.key}</a>
    </p>
  `;
}
