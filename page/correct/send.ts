import { wordsOf } from "../lib/api";
import type { Upload } from "../types";
import { add, drop, items, start } from "../uploader/queue";
import type { Kind } from "../uploader/types";
import { sentence } from "../uploads/status";
import type { Corrections, Row } from "./corrections";
import { line, write } from "./error-file";
import { refusedRows } from "./load";

/** Bytes of one corrected file, as many as Meterdrop puts into one part of an error file. */
const MOST = 4 * 1024 * 1024;

/** The result of a corrected file. */
export interface Outcome {
  upload: Upload | null;
  /** The error if it wasn't processed. */
  words: string;
}

/**
 * Send the rows that are ready, and no others: the rest stays in the error file. Each row keeps its identifier, so it
 * counts once.
 */
export async function sendRows(corrections: Corrections, upload: Upload): Promise<Outcome[]> {
  const slices = slicesOf(corrections, corrections.ready);
  corrections.sending(slices.flat());
  const of = items.value.find((item) => item.upload?.id === upload.id)?.id ?? upload.id;
  const base = `${upload.file_name.replace(/\.csv$/i, "")}.errors`;
  const outcomes: Outcome[] = [];
  // One after the other, because Meterdrop processes the corrected files of an upload in turn. A file that has to wait
  // is tried again only after a pause.
  for (const [at, rows] of slices.entries()) {
    const name = at === 0 ? `${base}.csv` : `${base}.${at + 1}.csv`;
    const text = write(
      corrections.table,
      rows.map(({ cells }) => cells),
    );
    const file = new File([text], name, { type: "text/csv" });
    try {
      const child = await sendFile(file, upload.kind, of);
      const isRead = child.status.startsWith("succeeded");
      const errors = isRead ? await refusedRows(child) : null;
      // Row numbers of the new file start at 1.
      const byPosition = errors && new Map([...errors].map(([row, error]) => [row - 1, error]));
      corrections.settle(rows, byPosition);
      outcomes.push({ upload: child, words: child.failure?.message ?? "" });
    } catch (error) {
      corrections.settle(rows, null);
      outcomes.push({ upload: null, words: wordsOf(error) });
    }
  }
  return outcomes;
}

function slicesOf(corrections: Corrections, rows: Row[]): Row[][] {
  const slices: Row[][] = [];
  const encoder = new TextEncoder();
  let size = MOST;
  for (const row of rows) {
    const added = encoder.encode(line(row.cells, corrections.table.delimiter)).length;
    if (size + added > MOST) {
      slices.push([]);
      size = 0;
    }
    slices.at(-1)?.push(row);
    size += added;
  }
  return slices;
}

/**
 * Register customers by a customer file with their IDs.
 *
 * @returns the upload, and the IDs that are registered now
 */
export async function registerCustomers(
  ids: string[],
): Promise<{ upload: Upload; done: string[] }> {
  const table = { hasMark: false, delimiter: ",", header: ["id"] };
  const text = write(
    table,
    ids.map((id) => [id]),
  );
  const file = new File([text], "customers.csv", { type: "text/csv" });
  const upload = await sendFile(file, "customers", null);
  if (!upload.status.startsWith("succeeded"))
    throw new Error(upload.failure?.message ?? sentence(upload));
  const refused = await refusedRows(upload);
  return { upload, done: ids.filter((_, at) => !refused.has(at + 1)) };
}

/** Upload a file and wait until it is processed. The list of files on the Upload page shows it too. */
function sendFile(file: File, kind: Kind, corrects: string | null): Promise<Upload> {
  const { promise, resolve, reject } = Promise.withResolvers<Upload>();
  let isStarted = false;
  const look = () => {
    const item = items.value.find((each) => each.file === file);
    if (item === undefined) return end(() => reject(new Error("The upload was stopped.")));
    if (item.state === "ready" && !isStarted) {
      isStarted = true;
      queueMicrotask(() => start([item.id]));
    } else if (item.state === "done" && item.upload) {
      const { upload } = item;
      end(() => resolve(upload));
    } else if (item.state === "unfit" || item.state === "broken")
      end(() => {
        drop(item.id); // the rows are still here
        reject(new Error(item.words));
      });
  };
  const end = (finish: () => void) => {
    stop();
    queueMicrotask(finish);
  };
  add([file], kind, corrects);
  const stop = items.subscribe(look);
  return promise;
}
