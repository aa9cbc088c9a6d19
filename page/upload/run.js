import { post } from "../app/api.js";
import { follow } from "./follow.js";
import { transfer } from "./transfer.js";

/** @import {Upload, UploadForm} from "../types.js" */
/** @import {Item} from "./types.js" */

/**
 * Bring one file to its result: ask for a form, post the file, follow the upload.
 *
 * @param {Item} item
 * @param {(changes: Partial<Item>) => void} change told how far it is
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
function parameters({ file, kind, dryRun, allowDuplicate, updates }) {
  return {
    file_name: file.name,
    ...(kind === "customers" ? { kind } : {}),
    ...(dryRun ? { dry_run: true } : {}),
    ...(allowDuplicate ? { allow_duplicate: true } : {}),
    ...(updates ? { updates } : {}),
  };
}
