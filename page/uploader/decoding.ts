import { count } from "../lib/format";

/** The checks of a file's type and encoding, in the words of the server (`domain/files/decoding.py`). */

/** Bytes; the bucket refuses more. */
export const LIMIT = 5_242_880;

const SAVE = "Save the file as CSV UTF-8 and upload it again.";
const EXPORT = "Export your data as CSV and upload it again.";
const EXTRACT = "Extract the CSV file and upload it.";
const EMPTY = "The file is empty. Upload a file with a header and at least one row.";

// Each character is a byte.
const MAGIC: [string, string][] = [
  ["\x1f\x8b", `a gzip archive, not CSV. ${EXTRACT}`],
  ["\xd0\xcf\x11\xe0", `an Excel workbook (.xls), not CSV. ${SAVE}`],
  ["%PDF", `a PDF document, not CSV. ${EXPORT}`],
  ["PAR1", `a Parquet file, not CSV. ${EXPORT}`],
  ["BZh", `a bzip2 archive, not CSV. ${EXTRACT}`],
  ["\xfd7zXZ\0", `an xz archive, not CSV. ${EXTRACT}`],
  ["7z\xbc\xaf", `a 7-Zip archive, not CSV. ${EXTRACT}`],
  ["\x28\xb5\x2f\xfd", `a Zstandard archive, not CSV. ${EXTRACT}`],
];
const TEXT_FORMATS: [string, string][] = [
  ["{", "JSON"],
  ["[", "JSON"],
  ["<", "HTML or XML"],
];
const HEAD = 64; // bytes

type Bytes = Uint8Array<ArrayBuffer>;

/** Return whether a file is an Excel workbook (.xlsx). */
export function isWorkbook(bytes: Bytes): boolean {
  return (
    starts(bytes, "PK\x03\x04") && ["[Content_Types].xml", "xl/"].some((name) => has(bytes, name))
  );
}

/**
 * @param bytes the whole file, or its beginning
 * @param size of the whole file
 * @returns the text without byte order marks, or what is wrong; `isText` is false if it isn't text of any encoding
 */
export function decode(
  bytes: Bytes,
  size: number = bytes.length,
): { text: string; problem: "" } | { text: null; problem: string; isText: boolean } {
  if (size > LIMIT) {
    return refused(
      `The file has ${count(size)} bytes; the limit is ${count(LIMIT)} (5 MB). Split it into smaller files with the same header, and upload each of them.`,
    );
  }
  const binary = ofBinary(bytes);
  if (binary !== null) return refused(binary);
  const marked = utf16(bytes);
  if (marked === null && starts(bytes, "\xff\xfe\0\0", "\0\0\xfe\xff"))
    return refused(`The file's encoding is UTF-32, which isn't supported. ${SAVE}`);
  const zero = marked === null ? ofZeros(bytes) : null;
  if (zero !== null) return refused(zero);
  const text = decoded(bytes, marked ?? "utf-8");
  if (text === null) {
    return {
      text,
      problem:
        marked === null
          ? notUtf8(bytes)
          : `The file starts as UTF-16 but contains bytes that aren't UTF-16. ${SAVE}`,
      isText: marked === null,
    };
  }
  const plain = text.replace(/^\uFEFF+/, "");
  if (plain.includes("\0")) return refused(ofZeros(new TextEncoder().encode(plain)) ?? "");
  const start = plain.replace(/^[\t\n\v\f\r ]+/, "");
  if (start === "") return refused(EMPTY);
  const format = TEXT_FORMATS.find(([mark]) => start.startsWith(mark));
  if (format !== undefined) return refused(`The file looks like ${format[1]}, not CSV. ${EXPORT}`);
  return { text: plain, problem: "" };
}

function refused(problem: string) {
  return { text: null, problem, isText: false };
}

function ofBinary(bytes: Bytes) {
  if (isWorkbook(bytes)) return `The file is an Excel workbook, not CSV. ${SAVE}`;
  if (starts(bytes, "PK\x03\x04")) return `The file is a zip archive, not CSV. ${EXTRACT}`;
  const found = MAGIC.find(([magic]) => starts(bytes, magic));
  return found === undefined ? null : `The file is ${found[1]}`;
}

function utf16(bytes: Bytes) {
  if (starts(bytes, "\xff\xfe\0\0")) return null; // UTF-32
  if (starts(bytes, "\xff\xfe")) return "utf-16le";
  return starts(bytes, "\xfe\xff") ? "utf-16be" : null;
}

function ofZeros(bytes: Uint8Array) {
  const text = bytes.subarray(marksOf(bytes));
  const position = text.indexOf(0);
  if (position < 0) return null;
  const isMostlyZero = (offset: number) => {
    const half = text.subarray(0, HEAD).filter((_, index) => index % 2 === offset);
    return half.filter((byte) => byte === 0).length > Math.floor(half.length / 2);
  };
  if (isMostlyZero(1) || isMostlyZero(0))
    return `The file looks like UTF-16 without a byte order mark. ${SAVE}`;
  return `The file isn't a text file (null byte at position ${count(position + 1)}). ${EXPORT}`;
}

/** Return the number of bytes of the byte order marks that a file in UTF-8 starts with. */
function marksOf(bytes: Uint8Array) {
  let end = 0;
  while (bytes[end] === 0xef && bytes[end + 1] === 0xbb && bytes[end + 2] === 0xbf) end += 3;
  return end;
}

function decoded(bytes: Uint8Array, encoding: string, stream = false) {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream });
  } catch {
    return null;
  }
}

/** Name the first byte that isn't UTF-8, and its line. */
function notUtf8(bytes: Bytes) {
  const text = bytes.subarray(marksOf(bytes));
  // The shortest beginning with an error, by bisection. An incomplete last character isn't one yet.
  let [valid, invalid] = [0, text.length + 1];
  while (invalid - valid > 1) {
    const middle = Math.floor((valid + invalid) / 2);
    if (decoded(text.subarray(0, middle), "utf-8", true) === null) invalid = middle;
    else valid = middle;
  }
  let start = Math.min(invalid, text.length) - 1;
  while (start > 0 && decoded(text.subarray(0, start), "utf-8") === null) start--;
  const line = 1 + text.subarray(0, start).filter((byte) => byte === 10).length;
  const byte = (text[start] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  return `The file isn't UTF-8: line ${count(line)} contains the byte 0x${byte}. The encoding may be Windows-1252 or Latin-1. ${SAVE}`;
}

function starts(bytes: Uint8Array, ...magics: string[]) {
  return magics.some((magic) =>
    [...magic].every((character, index) => bytes[index] === character.charCodeAt(0)),
  );
}

function has(bytes: Uint8Array, name: string) {
  const codes = [...name].map((character) => character.charCodeAt(0));
  for (let at = bytes.indexOf(codes[0] ?? 0); at >= 0; at = bytes.indexOf(codes[0] ?? 0, at + 1)) {
    if (codes.every((code, index) => bytes[at + index] === code)) return true;
  }
  return false;
}
