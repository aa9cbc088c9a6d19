import { post } from "../app/api.js";
import { controlOf } from "./control-fields.js";
import { follow } from "./follow.js";
import { transfer } from "./transfer.js";

/** @import {Upload, UploadForm} from "../types.js" */
/** @import {Item} from "./types.js" */

/**
 * Upload one file: get a form, post the file, follow the upload to its final status.
 *
 * @param {Item} item
 * @param {(changes: Partial<Item>) => void} change called with the progress
 * @param {AbortSignal} signal
 * @returns {Promise<Upload>}
 */
export async function run(item, change, signal) {
  /** @type {UploadForm} */
  const form = await post("v1/uploads", parameters(item));
  const version = await transfer(form, item.file, (sent) => change({ sent }), signal);
  change({ state: "arriving" });
  return follow(form.key, version, (upload) => change({ state: "processing", upload }), signal);
}

/** @param {Item} item */
function parameters({ file, kind, dryRun, allowDuplicate, updates, control }) {
  return {
    file_name: file.name,
    ...(kind === "customers" ? { kind } : {}),
    ...(dryRun ? { dry_run: true } : {}),
    ...(allowDuplicate ? { allow_duplicate: true } : {}),
    ...(updates ? { updates } : {}),
    control: controlOf(control),
  };
}
