import { get, send } from "../lib/api";
import { bucketFile } from "../lib/download";
import type { Query } from "../types";
import type { ReportFile } from "./types";

/** All lines of a usage report as one CSV file. */

const PAUSE = 2000; // milliseconds between two requests for a file that isn't finished
const ACCEPTED = 202;

/**
 * Load a usage report as CSV. Meterdrop writes large reports in the background.
 *
 * @param query of the report
 * @param written called with the number of lines so far while the report is written
 * @returns rejects if `signal` is aborted
 */
export async function readReport(
  query: Query,
  written: (lines: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const answer = await send("GET", "v1/usage_reports", { query, accept: "text/csv", signal });
  if (answer.status !== ACCEPTED) return await answer.blob();
  let file: ReportFile = await answer.json();
  const path = `v1/usage_reports/${file.id}`;
  while (file.status === "processing") {
    written(file.line_count);
    await new Promise((resume) => setTimeout(resume, PAUSE));
    signal.throwIfAborted();
    file = await get(path, {}, { signal });
  }
  if (file.failure !== null) throw new Error(file.failure.message);
  return await bucketFile(`${path}/file`);
}
