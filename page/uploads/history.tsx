import { Author, LocalTime } from "../components/display";
import { Failed } from "../components/feedback";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { get, pathPart } from "../lib/api";
import { count, counted, ZONE } from "../lib/format";
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

/** The history of an upload, with the author of each entry. */
export function History({ upload }: { upload: Upload }) {
  const { answer, failure, reload } = useQuery(
    "history",
    (signal) =>
      get(`v1/uploads/${pathPart(upload.id)}/history`, {}, { signal }) as Promise<UploadHistory>,
    [upload.id],
  );
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
  { name: `When (${ZONE})`, cell: ({ change }) => <LocalTime at={change.at} /> },
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
