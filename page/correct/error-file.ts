import Papa from "papaparse";

/**
 * Reads and writes error files, so that each cell that nobody changed stays as it is, byte by byte. Cells stay as
 * written in the file; `shown` and `written` convert to and from what people see.
 */

export interface Table {
  /** Whether the file starts with a byte order mark. */
  hasMark: boolean;
  delimiter: string;
  /** The names as written, and as compared. */
  header: string[];
  names: string[];
  rows: string[][];
}

const DELIMITERS = [",", ";", "\t"];
const MARK = "\ufeff";
const LINE_END = "\r\n";

/**
 * Read a CSV file.
 *
 * @param isOwn whether Meterdrop wrote it, so its line ends are known
 * @throws {Error} if it isn't CSV
 */
export function parse(bytes: Uint8Array<ArrayBuffer>, { isOwn = true } = {}): Table {
  const text = decoded(bytes);
  const hasMark = text.startsWith(MARK);
  const body = text.replace(/^\ufeff+/, "");
  const separator = isOwn ? null : /^"?sep=([,;\t])"?(?:\r\n|\r|\n)/i.exec(body);
  const delimiter = separator?.[1] ?? delimiterOf(body);
  const { data, errors } = Papa.parse<string[]>(body.slice(separator?.[0].length ?? 0), {
    delimiter,
    newline: isOwn ? LINE_END : undefined,
  });
  if (errors.some(({ type }) => type === "Quotes"))
    throw new Error("The file isn't valid CSV: a quotation mark is in the wrong place.");
  const records = data.filter((cells) => cells.length > 1 || cells[0] !== "");
  const [header = [], ...rows] = records;
  return { hasMark, delimiter, header, names: header.map(content), rows };
}

/** Write rows under the header of a table. */
export function write(
  { hasMark, delimiter, header }: Pick<Table, "hasMark" | "delimiter" | "header">,
  rows: string[][],
): Blob {
  const lines = [header, ...rows].map((cells) => line(cells, delimiter));
  return new Blob([hasMark ? MARK : "", ...lines], { type: "text/csv" });
}

/** Write one record, quoted as Meterdrop does. */
export function line(cells: string[], delimiter: string): string {
  const quoted = (cell: string) =>
    /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return cells.map(quoted).join(delimiter) + LINE_END;
}

function decoded(bytes: Uint8Array<ArrayBuffer>) {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const encoding = isUtf16 ? (first === 0xff ? "utf-16le" : "utf-16be") : "utf-8";
  return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** The header names its columns, so the delimiter is the one that splits it into the most known names. */
function delimiterOf(text: string) {
  const [line = ""] = /^.*/.exec(text.trimStart()) ?? [];
  const known = (delimiter: string) =>
    line.split(delimiter).filter((name) => KNOWN.test(content(name.replaceAll('"', "")))).length;
  return DELIMITERS.reduce((best, each) => (known(each) > known(best) ? each : best));
}

const KNOWN =
  /^(?:timestamp|event_name|payload_.+|identifier|id|name|email|upload|row_number|error_.+)$/;

// The rest is what lambdas/meterdrop/domain/files/cells.py does: spreadsheets run some cells as formulas, so the error
// file has an apostrophe before them. A test compares both.
const BLANKS =
  "\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const INNER_BLANKS = "\\v\\f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const INVISIBLE = "\\xad\\u061c\\u180e\\ufeff\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f";
const SIGN = "[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20]";
const ahead = `(?=["${INNER_BLANKS}${INVISIBLE}]*${SIGN})`;
const TO_GUARD = new RegExp(`(?<=[,;\\t\\r\\n])${ahead}`, "g");
const GUARDED = new RegExp(`(?<=[,;\\t\\r\\n])'${ahead}`, "g");
const FORMULA = new RegExp(`^(?:[\\t\\r]|[${BLANKS}${INVISIBLE}]*${SIGN})`);
const NUMBER = new RegExp(`^[${INNER_BLANKS}]*[+-]?(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)$`);
const ENDS = new RegExp(`^[${BLANKS}]+|[${BLANKS}]+$`, "g");

function runsAsFormula(cell: string) {
  return FORMULA.test(cell) && !NUMBER.test(cell);
}

/** Return what people see of a cell, without the apostrophes that protect from formulas. */
export function shown(cell: string): string {
  if (!cell.includes("'")) return cell;
  const bare = cell.replace(GUARDED, "");
  return bare.startsWith("'") && runsAsFormula(bare.slice(1)) ? bare.slice(1) : bare;
}

/** Return a cell as the error file writes it, so that Meterdrop reads exactly this text. */
export function written(text: string): string {
  const guarded = text.replace(TO_GUARD, "'");
  return runsAsFormula(text) ? `'${guarded}` : guarded;
}

export function trim(text: string): string {
  return text.replace(ENDS, "");
}

/** Return the content of a cell as Meterdrop reads it. */
export function content(cell: string): string {
  return trim(shown(cell));
}
