import { useState } from "preact/hooks";
import { html } from "../app/html.js";
import { ReprocessDialog } from "./reprocess-dialog.js";
import { RevertDialog } from "./revert-dialog.js";

/** @import {Upload} from "../types.js" */

const SUCCEEDED = ["succeeded", "succeeded_with_errors"];

/**
 * The buttons to reprocess and revert an upload, if its status allows them.
 *
 * @param {{upload: Upload, put: (upload: Upload) => void}} props
 */
export function Lifecycle({ upload, put }) {
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  const succeeded = SUCCEEDED.includes(upload.status);
  const revertible = succeeded && upload.kind === "usage" && !upload.dry_run;
  const again = succeeded || upload.status === "failed";
  return html`
    ${again && html`<button type="button" onClick=${() => setOpen("reprocess")}>Reprocess…</button>`}
    ${revertible && html`<button type="button" onClick=${() => setOpen("revert")}>Revert…</button>`}
    ${open === "reprocess" && html`<${ReprocessDialog} upload=${upload} put=${put} close=${close} />`}
    ${open === "revert" && html`<${RevertDialog} upload=${upload} put=${put} close=${close} />`}
  `;
}
