import { Author, LocalTime } from "../components/display";
import { Failed } from "../components/feedback";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { get, pathPart } from "../lib/api";
import { count, counted } from "../lib/format";
import type { Asked } from "../lib/use-query";
import { useQuery } from "../lib/use-query";
import type { HistoryEntry, Upload, UploadHistory } from "../types";

const ACTIONS: Record<string, string> = {
  upload: "Received",
  process: "Processed",
  revert: "Revert requested",
  reverted: "Reverted",
  reprocess: "Reprocess requested",
  give_up: "Given up",
};

/** Load the history of an upload, again whenever its status or run changes. */
export function useHistory({ id, status, run }: Upload): Asked<UploadHistory> {
  return useQuery(
    "history",
    (signal) => get(`v1/uploads/${pathPart(id)}/history`, {}, { signal }) as Promise<UploadHistory>,
    [id, status, run],
    { keep: true },
  );
}

/** Return the counts of the last run that didn't fail, null if there is none. */
export function lastCounts(history: UploadHistory | null): HistoryEntry["counts"] {
  return (
    history?.data.findLast(({ counts, status }) => counts !== null && status !== "failed")
      ?.counts ?? null
  );
}

/** The history of an upload, with the author of each entry. */
export function History({ asked: { answer, failure, reload } }: { asked: Asked<UploadHistory> }) {
  if (failure !== null && answer === null) {
    return <Failed what="Couldn't load the history." error={failure} again={reload} />;
  }
  if (answer === null || answer.data.length === 0) return null;
  const dropped = (answer.data.at(-1)?.number ?? 0) - answer.data.length;
  return (
    <section>
      <h2>History</h2>
      <Table
        caption="History"
        columns={columns}
        rows={answer.data}
        id={({ number }: HistoryEntry) => number}
      />
      {dropped > 0 && (
        <p class="weak">{counted(dropped, "older entry", "older entries")} not shown.</p>
      )}
    </section>
  );
}

const columns: Column<HistoryEntry>[] = [
  {
    name: "What",
    heading: true,
    cell: ({ change, run }) =>
      `${ACTIONS[change.action] ?? change.action}${run > 1 ? ` (run ${count(run)})` : ""}`,
  },
  { name: "When", cell: ({ change }) => <LocalTime at={change.at} /> },
  { name: "By", cell: ({ change }) => <Author by={change.by} /> },
  { name: "Result", cell: result },
];

function result({ counts, status }: HistoryEntry) {
  if (counts === null) return "";
  if (status === "failed") return "Failed";
  return [
    `${count(counts.success_count)} stored`,
    counts.duplicate_count > 0 && counted(counts.duplicate_count, "duplicate"),
    counts.error_count > 0 && `${count(counts.error_count)} refused`,
  ]
    .filter(Boolean)
    .join(", ");
}
