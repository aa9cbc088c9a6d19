import Papa from "papaparse";
import { decode, isWorkbook } from "../uploader/decoding";
import type { Sheet } from "./types";
import { readWorkbook } from "./workbook";

/** Read the worksheets of a workbook, or the one of a CSV file. Rejects with a message for the page. */
export async function readSheets(file: File): Promise<Sheet[]> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const sheets = isWorkbook(bytes) ? readWorkbook(bytes) : [ofText(bytes)];
  if (sheets.length === 0) throw new Error("The workbook has no visible worksheet with cells.");
  return sheets;
}

const SEPARATOR = /^"?sep=(.)"?\r?\n/i; // a first line for Excel

function ofText(bytes: Uint8Array<ArrayBuffer>): Sheet {
  const { text, problem } = decode(bytes);
  const notes = text === null ? ["The file isn't UTF-8. It is read as Windows-1252."] : [];
  const plain = text ?? new TextDecoder("windows-1252").decode(bytes);
  if (text === null && plain.includes("\0")) throw new Error(problem);
  const delimiter = SEPARATOR.exec(plain)?.[1];
  const { data, errors } = Papa.parse<string[]>(plain.replace(SEPARATOR, ""), {
    delimiter,
    skipEmptyLines: "greedy",
  });
  const [error] = errors.filter(({ type }) => type === "Quotes");
  if (error !== undefined)
    throw new Error(
      `The quotation marks of row ${(error.row ?? 0) + 1} are wrong (${error.message}). Correct them, and choose the file again.`,
    );
  return { name: "", rows: data, notes };
}
