import { count, counted, duration, ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { Facts } from "../parts/facts.js";
import { LocalTime } from "../parts/time.js";
import { UploadLinks } from "./upload-links.js";

/** @import {Upload} from "../types.js" */

/** The details of an upload: origin, times, and IDs. @param {{upload: Upload}} props */
export function UploadFacts({ upload }) {
  const took =
    upload.started_at && upload.finished_at
      ? duration(upload.finished_at - upload.started_at)
      : null;
  return html`
    <section>
      <h2>Details</h2>
      <${Facts}
        facts=${[
          ["Type", kind(upload)],
          [`Received (${ZONE})`, html`<${LocalTime} at=${upload.created} />`],
          [
            `Started (${ZONE})`,
            upload.started_at && html`<${LocalTime} at=${upload.started_at} />`,
          ],
          [
            `Finished (${ZONE})`,
            upload.finished_at && html`<${LocalTime} at=${upload.finished_at} />`,
          ],
          ["Duration", took],
          [
            `Reverted (${ZONE})`,
            upload.reverted_at && html`<${LocalTime} at=${upload.reverted_at} />`,
          ],
          ["Partner", upload.partner],
          ["Size", upload.size === null ? "unknown" : counted(upload.size, "byte")],
          ["Corrects rows of", upload.parent && html`<${UploadLinks} ids=${[upload.parent]} />`],
          ["Updates", upload.updates && html`<${UploadLinks} ids=${[upload.updates]} />`],
          ["Control totals", upload.control && totals(upload.control)],
          ["Run", upload.run > 1 ? count(upload.run) : null],
          ["Path in the bucket", html`<code>${upload.key}</code>`],
          ["Version ID", html`<code>${upload.version_id}</code>`],
          ["ID", html`<code>${upload.id}</code>`],
        ]}
      />
    </section>
  `;
}

/** @param {NonNullable<Upload["control"]>} control */
function totals({ declared, matches }) {
  const parts = [
    declared.row_count !== null && counted(declared.row_count, "row"),
    ...Object.entries(declared.sums).map(([name, sum]) => `${name}: ${sum}`),
  ].filter(Boolean);
  return `${matches ? "Match" : "Don't match"} (declared: ${parts.join(", ")})`;
}

/** @param {Upload} upload */
function kind({ kind, dry_run }) {
  if (kind === "customers") return "Customers";
  return dry_run ? "Usage (dry run, no events stored)" : "Usage";
}
