import { ApiError, get, pathPart } from "../lib/api";
import { bucketFile } from "../lib/download";
import type { List, Query, Upload } from "../types";
import { parts } from "../uploads/files";
import { isMoving, PAUSE } from "../uploads/status";
import type { Meter } from "../usage/types";
import { Corrections } from "./corrections";
import { content, parse, type Table } from "./error-file";

/** Parts that are corrected at a time. They have up to 16 MB. */
export const PARTS_AT_ONCE = 4;

/**
 * Read an upload's error file, without the rows that corrected files have counted since.
 *
 * @param first the first part to read
 */
export async function loadCorrections(
  upload: Upload,
  first: number,
  signal: AbortSignal,
): Promise<Corrections> {
  const last = Math.min(first + PARTS_AT_ONCE - 1, parts(upload));
  const [table, counted, meters] = await Promise.all([
    errorTable(upload, first, last),
    countedSince(upload, signal),
    readMeters(signal),
  ]);
  return new Corrections(table, counted(table), meters);
}

/** Read parts of an error file as one table. */
async function errorTable(upload: Upload, first: number, last: number): Promise<Table> {
  const tables: Table[] = [];
  for (let part = first; part <= last; part++) {
    const path = `v1/uploads/${upload.id}/error_file${part === 1 ? "" : `?part=${part}`}`;
    tables.push(parse(await bytes(path)));
  }
  const [table] = tables;
  if (table === undefined) throw new Error("The upload has no error file.");
  return { ...table, rows: tables.flatMap(({ rows }) => rows) };
}

/** Return code, field and message of an upload's refused rows, by row number. */
export async function refusedRows(upload: Upload): Promise<Map<number, Record<string, string>>> {
  if (upload.error_count === 0) return new Map();
  const { names, rows } = await errorTable(upload, 1, parts(upload));
  const columns = ["error_code", "error_field", "error_message"].map(
    (name) => [name, names.indexOf(name)] as const,
  );
  const at = names.indexOf("row_number");
  return new Map(
    rows.map((cells) => [
      Number(content(cells[at] ?? "")),
      Object.fromEntries(columns.map(([name, column]) => [name, cells[column] ?? ""])),
    ]),
  );
}

async function bytes(path: string) {
  return new Uint8Array(await (await bucketFile(path)).arrayBuffer());
}

type Counted = (table: Table) => Set<number>;

/**
 * Find the rows of an upload that its corrected error files have counted, also those corrected in a spreadsheet.
 *
 * @returns a function of the upload's error file, because a corrected file may name rows by identifier only
 */
async function countedSince(upload: Upload, signal: AbortSignal): Promise<Counted> {
  const children = await readAll<Upload>("v1/uploads", { parent: upload.id }, signal);
  const good: { table: Table; rows: string[][] }[] = [];
  for (const found of children.filter(({ dry_run }) => !dry_run)) {
    const child = await final(found, signal);
    if (!child.status.startsWith("succeeded") || child.error_count === child.row_count) continue;
    const [table, refused, later] = await Promise.all([
      bytes(`v1/uploads/${child.id}/file`).then((file) => parse(file, { isOwn: false })),
      refusedRows(child),
      child.error_count === 0 ? () => new Set<number>() : countedSince(child, signal),
    ]);
    const corrected = later(table);
    const records = table.rows.filter((cells) => !isBlank(cells, table));
    const rows = records.filter((_, at) => !refused.has(at + 1) || corrected.has(at + 1));
    good.push({ table, rows });
  }
  return (parent) => new Set(good.flatMap((child) => numbersIn(child, upload.id, parent)));
}

/** Wait until an upload is final. */
async function final(upload: Upload, signal: AbortSignal): Promise<Upload> {
  let now = upload;
  while (isMoving(now)) {
    await new Promise((resume) => setTimeout(resume, PAUSE));
    now = await get<Upload>(`v1/uploads/${now.id}`, {}, { signal });
  }
  return now;
}

/** Return whether Meterdrop skips a record: all its cells are empty, except those about the error. */
function isBlank(cells: string[], { names }: Table) {
  return cells.every(
    (cell, at) => /^(?:upload|row_number|error_.+)$/.test(names[at] ?? "") || content(cell) === "",
  );
}

/** Return the numbers of the parent's rows that rows of a corrected file refer to. */
function numbersIn(
  { table, rows }: { table: Table; rows: string[][] },
  id: string,
  parent: Table,
): number[] {
  const number = parent.names.indexOf("row_number");
  const identifier = parent.names.indexOf("identifier");
  const byIdentifier = new Map(
    identifier < 0
      ? []
      : parent.rows.map((cells) => [content(cells[identifier] ?? ""), Number(cells[number])]),
  );
  const at = ["upload", "row_number", "identifier"].map((name) => table.names.indexOf(name));
  return rows.flatMap((cells) => {
    const [upload, row, own = ""] = at.map((column) => content(cells[column] ?? ""));
    const found = upload === id ? Number.parseInt(row ?? "", 10) : byIdentifier.get(own);
    return found ? [found] : [];
  });
}

/** Return all meters, or null if the key can't read them. */
async function readMeters(signal: AbortSignal): Promise<Meter[] | null> {
  try {
    return await readAll<Meter>("v1/billing/meters", {}, signal);
  } catch (error) {
    if (error instanceof ApiError && !signal.aborted) return null;
    throw error;
  }
}

/** Read all pages of a list. */
async function readAll<Thing extends { id: string }>(
  path: string,
  query: Query,
  signal: AbortSignal,
): Promise<Thing[]> {
  const things: Thing[] = [];
  for (;;) {
    const after = things.at(-1)?.id;
    const page: List<Thing> = await get(
      path,
      { ...query, limit: 100, starting_after: after },
      { signal },
    );
    things.push(...page.data);
    if (!page.has_more) return things;
  }
}

export async function readUpload(id: string, signal: AbortSignal): Promise<Upload> {
  return get(`v1/uploads/${pathPart(id)}`, {}, { signal });
}
