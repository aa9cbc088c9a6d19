import { decode, isWorkbook, LIMIT } from "./decoding";
import type { Inspection, Kind } from "./types";

const MOST = 10 * LIMIT; // bytes of a workbook; one worksheet is smaller than its workbook
const FOLDER =
  "The file couldn't be read. If it's a folder, choose the files in the folder instead.";
const ADVICE =
  "Add them to the first line of the file, or match the file's own columns. Column names are case-sensitive.";

/**
 * Check the type, the encoding, and the column names of a file before the upload. The server checks all other rules, also
 * in a dry run.
 */
export async function inspect(file: File, kind: Kind): Promise<Inspection> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await file.slice(0, MOST + 1).arrayBuffer());
  } catch {
    return unfit(FOLDER);
  }
  if (isWorkbook(bytes)) {
    return bytes.length > MOST
      ? unfit("The workbook has more than 50 MB. Split it into smaller workbooks.")
      : unfit("The file is an Excel workbook. Match its columns, and it is sent as CSV.", "match");
  }
  const { text, problem, ...rest } = decode(bytes, file.size);
  if (text === null) return unfit(problem, "isText" in rest && rest.isText ? "match" : null);
  return ofText(text, kind);
}

function unfit(problem: string, way: Inspection["way"] = null): Inspection {
  return { problem, way, lines: 0 };
}

function ofText(text: string, kind: Kind): Inspection {
  const lines = linesBelow(text);
  const candidates = headers(text);
  const problems = candidates.map((names) => ofNames(names, kind));
  if (problems.includes(null)) return { problem: "", way: null, lines };
  const other = kind === "usage" ? "customers" : "usage";
  if (candidates.some((names) => ofNames(names, other) === null)) {
    const words =
      other === "usage"
        ? "This looks like a usage file, not a customer file."
        : "This looks like a customer file, not a usage file.";
    return unfit(words, other);
  }
  // The delimiter that splits the header the most is the likeliest.
  const widths = candidates.map((names) => names.length);
  return unfit(problems[widths.indexOf(Math.max(...widths))] ?? "", "match");
}

const KNOWN = {
  usage:
    /^(timestamp|event_name|identifier|upload|row_number|error_(code|field|message)|payload_.+|)$/s,
  customers: /^(id|name|email|upload|row_number|error_(code|field|message)|)$/,
};

/** Return what is wrong with column names, or null. */
function ofNames(names: string[], kind: Kind) {
  const twice = names.filter((name, index) => name !== "" && names.indexOf(name) < index);
  const lacking = missing(names, kind);
  if (lacking.length > 0)
    return `The header doesn't have these columns: ${lacking.join(", ")}. ${ADVICE}`;
  if (twice.length > 0)
    return `Duplicate columns: ${twice.join(", ")}. Each name must be unique. Remove or rename the duplicates.`;
  const unknown = names.filter((name) => !KNOWN[kind].test(name)).map((name) => `"${name}"`);
  return unknown.length === 0
    ? null
    : `Unknown columns: ${unknown.join(", ")}. Remove or rename them, or match the file's own columns.`;
}

function missing(names: string[], kind: Kind) {
  if (kind === "customers") return names.includes("id") ? [] : ["id"];
  const lacking = ["timestamp", "event_name"].filter((name) => !names.includes(name));
  const customer = names.some((name) => name.startsWith("payload_"));
  return customer ? lacking : [...lacking, "a customer column such as payload_stripe_customer_id"];
}

/** Estimate the number of rows: the lines below the header, except those inside of quotation marks. */
function linesBelow(text: string) {
  let ends = 0;
  for (const part of text
    .trimEnd()
    .split('"')
    .filter((_, index) => index % 2 === 0))
    ends += part.match(/\r\n|\n|\r/g)?.length ?? 0;
  return Math.max(1, ends);
}

const DELIMITERS = [",", ";", "\t"];
const SEPARATOR = /^"?sep=[,;\t]"?(?=[\r\n])/i; // a first line for Excel

/** Return the column names of the header for each possible delimiter. */
function headers(text: string): string[][] {
  const records = text.trimStart().replace(SEPARATOR, "").trimStart();
  return DELIMITERS.map((delimiter) => {
    const names = firstRecord(records, delimiter);
    // Some programs put each whole line in quotation marks.
    return names.length === 1 ? firstRecord(names[0] ?? "", delimiter) : names;
  });
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
