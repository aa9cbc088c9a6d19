import { Id } from "../components/copy";
import { Facts, LocalTime } from "../components/display";
import { count, counted, duration, ZONE } from "../lib/format";
import type { Upload } from "../types";
import { UploadLinks } from "./related";

/** The details of an upload: origin, times, and IDs. */
export function UploadFacts({ upload }: { upload: Upload }) {
  const took =
    upload.started_at && upload.finished_at
      ? duration(upload.finished_at - upload.started_at)
      : null;
  return (
    <section>
      <h2>Details</h2>
      <Facts
        facts={[
          ["Type", kind(upload)],
          [`Received (${ZONE})`, <LocalTime at={upload.created} />],
          [`Started (${ZONE})`, upload.started_at && <LocalTime at={upload.started_at} />],
          [`Finished (${ZONE})`, upload.finished_at && <LocalTime at={upload.finished_at} />],
          ["Duration", took],
          [`Reverted (${ZONE})`, upload.reverted_at && <LocalTime at={upload.reverted_at} />],
          ["Partner", upload.partner],
          ["Size", upload.size === null ? "unknown" : counted(upload.size, "byte")],
          ["Corrects rows of", upload.parent && <UploadLinks ids={[upload.parent]} />],
          ["Updates", upload.updates && <UploadLinks ids={[upload.updates]} />],
          ["Control totals", upload.control && totals(upload.control)],
          ["Run", upload.run > 1 ? count(upload.run) : null],
          ["Path in the bucket", <code>{upload.key}</code>],
          ["Version ID", <code>{upload.version_id}</code>],
          ["ID", <Id id={upload.id} />],
        ]}
      />
    </section>
  );
}

function totals({ declared, matches }: NonNullable<Upload["control"]>) {
  const parts = [
    declared.row_count !== null && counted(declared.row_count, "row"),
    ...Object.entries(declared.sums).map(([name, sum]) => `${name}: ${sum}`),
  ].filter(Boolean);
  return `${matches ? "Match" : "Don't match"} (declared: ${parts.join(", ")})`;
}

function kind({ kind, dry_run }: Upload) {
  if (kind === "customers") return "Customers";
  return dry_run ? "Usage (dry run, no events stored)" : "Usage";
}
