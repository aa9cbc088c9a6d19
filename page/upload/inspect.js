import { count } from "../app/format.js";
import { headers } from "./first-record.js";

/** @import {Kind} from "./types.js" */

/** Bytes; the bucket refuses more. */
export const LIMIT = 5_242_880;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Check the size and the required column names of a file before the upload. The server checks all other rules, also in a
 * dry run.
 *
 * @param {File} file
 * @param {Kind} kind
 * @returns {Promise<{problem: string, lines: number}>} `problem` is empty if there is none
 */
export async function inspect(file, kind) {
  if (file.size > LIMIT) {
    const words = `The file has ${count(file.size)} bytes. The maximum is ${count(LIMIT)} bytes (5 MB). Split it into smaller files.`;
    return { problem: words, lines: 0 };
  }
  /** @type {Uint8Array<ArrayBuffer>} */
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    return {
      problem:
        "The file couldn't be read. If it's a folder, choose the files in the folder instead.",
      lines: 0,
    };
  }
  if (bytes.length === 0)
    return {
      problem: "The file is empty. Choose a file that has a header and at least one row.",
      lines: 0,
    };
  const lacking = lacks(headers(bytes), kind);
  if (lacking.length === 0) return { problem: "", lines: linesBelow(bytes) };
  const words = `The header doesn't have these columns: ${lacking.join(", ")}. Add them to the first line of the file. Column names are case-sensitive.`;
  return { problem: words, lines: 0 };
}

/**
 * Return the missing column names, for the delimiter with the fewest.
 *
 * @param {string[][] | null} candidates
 * @param {Kind} kind
 * @returns {string[]}
 */
function lacks(candidates, kind) {
  if (candidates === null) return [];
  const [fewest = []] = candidates
    .map((names) => missing(names, kind))
    .sort((a, b) => a.length - b.length);
  return fewest;
}

/**
 * @param {string[]} names
 * @param {Kind} kind
 */
function missing(names, kind) {
  if (kind === "customers") return names.includes("id") ? [] : ["id"];
  const lacking = ["timestamp", "event_name"].filter((name) => !names.includes(name));
  const customer = names.some((name) => name.startsWith("payload_"));
  return customer ? lacking : [...lacking, "a customer column such as payload_stripe_customer_id"];
}

/** @param {Uint8Array} bytes */
function linesBelow(bytes) {
  let feeds = 0;
  let returns = 0;
  for (const byte of bytes) {
    if (byte === LINE_FEED) feeds++;
    else if (byte === CARRIAGE_RETURN) returns++;
  }
  const ended = bytes.at(-1) === LINE_FEED || bytes.at(-1) === CARRIAGE_RETURN;
  return Math.max(1, Math.max(feeds, returns) - (ended ? 1 : 0));
}
