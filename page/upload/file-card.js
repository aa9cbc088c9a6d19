import { size } from "../app/format.js";
import { html } from "../app/html.js";
import { Notice } from "../parts/notice.js";
import { Progress } from "../parts/progress.js";
import { Status } from "../parts/status.js";
import { ControlFields } from "./control-fields.js";
import { EarlierChoice } from "./earlier-choice.js";
import { drop, isUnderWay, start } from "./queue.js";
import { Result } from "./result.js";

/** @import {Item} from "./types.js" */

/** One file and its progress. @param {{item: Item}} props */
export function FileCard({ item }) {
  return html`
    <li class=${item.corrects === null ? "file-card" : "file-card corrected"}>
      <div class="file-head">
        <h3>${item.file.name}</h3>
        <span class="weak">${what(item)}${size(item.file.size)}</span>
        ${item.state === "done" && item.upload && html`<${Status} status=${item.upload.status} />`}
        ${
          !isUnderWay(item) &&
          html`
          <button type="button" class="quiet" aria-label=${`Remove ${item.file.name} from this list`} onClick=${() => drop(item.id)}>
            Remove
          </button>
        `
        }
      </div>
      ${body(item)}
    </li>
  `;
}

/** @param {Item} item */
function what({ kind, corrects }) {
  if (corrects !== null) return "Corrected · ";
  return kind === "customers" ? "Customers · " : "";
}

/** @param {Item} item */
function body(item) {
  const { state, words, file, sent, upload, lines, dryRun } = item;
  switch (state) {
    case "unfit":
      return html`<${Notice} kind="bad"><p><strong>Not uploaded.</strong> ${words}</p><//>`;
    case "broken":
      return html`
        <${Notice} kind="bad">
          <p role="alert">${words}</p>
          <${ControlFields} item=${item} />
          <button type="button" onClick=${() => start([item.id], item)}>Try again</button>
        <//>
      `;
    case "undecided":
    case "ready":
      return html`<${BeforeUpload} item=${item} />`;
    case "waiting":
      return html`<p class="weak">Waiting to upload.</p>`;
    case "sending":
      return html`<${Progress} label="Uploading" value=${sent} most=${file.size} />`;
    case "arriving":
      return html`<${Progress} label="Uploaded. Waiting for processing to start" />`;
    case "processing": {
      const rows = upload?.row_count ?? 0;
      const label = dryRun ? "Validating rows" : "Processing rows";
      return html`<${Progress} label=${label} value=${rows} most=${Math.max(lines, rows)} />`;
    }
    case "done":
      return html`<${Result} item=${item} />`;
    default:
      return html`<p class="weak">Checking the file…</p>`;
  }
}

/** The choice stays visible after you decide, so that the focus stays too. @param {{item: Item}} props */
function BeforeUpload({ item }) {
  return html`
    ${item.earlier !== null && item.earlier.length > 0 && html`<${EarlierChoice} item=${item} />`}
    ${item.state === "ready" && html`<p class="weak">Ready to upload. The file size and the header are valid.</p>`}
    <${ControlFields} item=${item} />
    ${
      item.earlier === null &&
      html`<p class="hint">
        The page couldn't check for earlier files with this name. If you upload this file, it counts as a new file.
      </p>`
    }
  `;
}
