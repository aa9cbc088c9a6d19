import { count } from "../app/format.js";
import { html } from "../app/html.js";
import { Figures } from "../parts/figures.js";

/** @import {Upload} from "../types.js" */

/** The row counts of an upload. @param {{upload: Upload}} props */
export function Counts({ upload }) {
  return html`
    <section aria-label="Counts">
      <${Figures}
        figures=${[
          { name: "Rows", value: count(upload.row_count) },
          { name: good(upload), value: count(upload.success_count) },
          { name: "Duplicates", value: count(upload.duplicate_count) },
          { name: "Refused", value: count(upload.error_count) },
        ]}
      />
    </section>
  `;
}

/** @param {Upload} upload */
function good({ kind, dry_run, status }) {
  if (kind === "customers") return "Registered or changed";
  if (status === "reverted") return "Counted before the revert";
  return dry_run ? "Would be counted" : "Counted";
}
