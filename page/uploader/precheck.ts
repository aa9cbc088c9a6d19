import { count } from "../lib/format";
import type { Kind } from "./types";

/** Bytes; the bucket refuses more. */
export const LIMIT = 5_242_880;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Check the size and the required column names of a file before the upload. The server checks all other rules, also in a
 * dry run.
 *
 * @returns `problem` is empty if there is none
 */
export async function inspect(file: File, kind: Kind): Promise<{ problem: string; lines: number }> {
  if (file.size > LIMIT) {
    const words = `The file has ${count(file.size)} bytes. The maximum is ${count(LIMIT)} bytes (5 MB). Split it into smaller files.`;
    return { problem: words, lines: 0 };
  }
  let bytes: Uint8Array<ArrayBuffer>;
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

/** Return the missing column names, for the delimiter with the fewest. */
function lacks(candidates: string[][] | null, kind: Kind): string[] {
  if (candidates === null) return [];
  const [fewest = []] = candidates
    .map((names) => missing(names, kind))
    .sort((a, b) => a.length - b.length);
  return fewest;
}

function missing(names: string[], kind: Kind) {
  if (kind === "customers") return names.includes("id") ? [] : ["id"];
  const lacking = ["timestamp", "event_name"].filter((name) => !names.includes(name));
  const customer = names.some((name) => name.startsWith("payload_"));
  return customer ? lacking : [...lacking, "a customer column such as payload_stripe_customer_id"];
}

function linesBelow(bytes: Uint8Array) {
  let feeds = 0;
  let returns = 0;
  for (const byte of bytes) {
    if (byte === LINE_FEED) feeds++;
    else if (byte === CARRIAGE_RETURN) returns++;
  }
  const ended = bytes.at(-1) === LINE_FEED || bytes.at(-1) === CARRIAGE_RETURN;
  return Math.max(1, Math.max(feeds, returns) - (ended ? 1 : 0));
}

const HEAD = 65_536; // bytes; a header is shorter
const DELIMITERS = [",", ";", "\t"];

/**
 * Return the column names of the header for each possible delimiter. Return null if the file isn't readable text; the
 * server then reports the error.
 */
export function headers(bytes: Uint8Array<ArrayBuffer>): string[][] | null {
  const text = decoded(bytes.subarray(0, HEAD));
  return text === null
    ? null
    : DELIMITERS.map((delimiter) => firstRecord(text.trimStart(), delimiter));
}

function decoded(bytes: Uint8Array<ArrayBuffer>) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return bytes.includes(0) ? null : new TextDecoder().decode(bytes);
}

function firstRecord(text: string, delimiter: string) {
  const names = [""];
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) break;
    else if (!quoted && character === delimiter) names.push("");
    else names[names.length - 1] += character;
  }
  return names.map((name) => name.trim());
}
