import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { count, counted, ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { Author } from "../parts/change.js";
import { Failed } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";

/** @import {HistoryEntry, Upload, UploadHistory} from "../types.js" */

/** @type {Record<string, string>} */
const ACTIONS = {
  upload: "Received",
  process: "Processed",
  revert: "Revert requested",
  reverted: "Reverted",
  reprocess: "Reprocess requested",
  give_up: "Given up",
};

/** The history of an upload, with the author of each entry. @param {{upload: Upload}} props */
export function History({ upload }) {
  const { answer, failure, reload } = useAnswer(
    (signal) =>
      /** @type {Promise<UploadHistory>} */ (
        get(`v1/uploads/${pathPart(upload.id)}/history`, {}, { signal })
      ),
    [upload.id],
  );
  if (failure !== null && answer === null) {
    return html`<${Failed} what="Couldn't load the history." error=${failure} again=${reload} />`;
  }
  if (answer === null || answer.data.length === 0) return null;
  const dropped = (answer.data.at(-1)?.number ?? 0) - answer.data.length;
  return html`
    <section>
      <h2>History</h2>
      <${Table} caption="History" columns=${columns} rows=${answer.data} id=${(/** @type {HistoryEntry} */ { number }) => number} />
      ${dropped > 0 && html`<p class="weak">${counted(dropped, "older entry", "older entries")} not shown.</p>`}
    </section>
  `;
}

/** @type {import("../parts/table.js").Column<HistoryEntry>[]} */
const columns = [
  {
    name: "What",
    heading: true,
    cell: ({ change, run }) =>
      `${ACTIONS[change.action] ?? change.action}${run > 1 ? ` (run ${count(run)})` : ""}`,
  },
  { name: `When (${ZONE})`, cell: ({ change }) => html`<${LocalTime} at=${change.at} />` },
  { name: "By", cell: ({ change }) => html`<${Author} by=${change.by} />` },
  { name: "Result", cell: result },
];

/** @param {HistoryEntry} entry */
function result({ counts, status }) {
  if (counts === null) return "";
  if (status === "failed") return "Failed";
  return [
    `${count(counts.success_count)} stored`,
    counts.duplicate_count > 0 && counted(counts.duplicate_count, "duplicate"),
    counts.error_count > 0 && `${count(counts.error_count)} refused`,
  ]
    .filter(Boolean)
    .join(", ");
}
