import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Notice } from "../parts/notice.js";
import { Progress } from "../parts/progress.js";
import { isMoving } from "./moving.js";
import { sentence } from "./sentence.js";

/** @import {Upload} from "../types.js" */

/** @type {Record<string, "good" | "warn" | "bad" | "info">} */
export const KIND = { succeeded: "good", succeeded_with_errors: "warn", failed: "bad" };

/**
 * The result of an upload, and the next step.
 *
 * @param {{upload: Upload, canWrite: boolean}} props
 */
export function Outcome({ upload, canWrite }) {
  if (isMoving(upload)) return html`<${Notice}><${Progress} label=${sentence(upload)} /><//>`;
  return html`
    <${Notice} kind=${KIND[upload.status]}>
      <p><strong>${sentence(upload)}</strong></p>
      ${upload.failure && html`<p>${upload.failure.message} <span class="weak">(${upload.failure.code})</span></p>`}
      ${canWrite && upload.status === "succeeded_with_errors" && html`<p><${NextStep} upload=${upload} /></p>`}
    <//>
  `;
}

/** @param {{upload: Upload}} props */
function NextStep({ upload }) {
  if (upload.dry_run) {
    return html`Correct these rows in your file, then <a href=${href(["upload"])}>upload it</a>.`;
  }
  const place = href(["upload"], { kind: upload.kind === "customers" ? "customers" : undefined });
  return html`
    Correct the rows in the error file, then <a href=${place}>upload the error file</a>. Each row counts only once, even
    if you upload it again.
  `;
}
