import { Figures } from "../components/display";
import { Notice, Progress } from "../components/feedback";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { count, decimal, utcTime } from "../lib/format";
import { href } from "../lib/router";
import type { Total, Upload } from "../types";
import { isMoving, sentence } from "./status";

export const KIND: Record<string, "good" | "warn" | "bad" | "info"> = {
  succeeded: "good",
  succeeded_with_errors: "warn",
  failed: "bad",
};

/** The result of an upload, and the next step. */
export function Outcome({ upload, canWrite }: { upload: Upload; canWrite: boolean }) {
  if (isMoving(upload))
    return (
      <Notice>
        <Progress label={sentence(upload)} />
      </Notice>
    );
  return (
    <Notice kind={KIND[upload.status]}>
      <p>
        <strong>{sentence(upload)}</strong>
      </p>
      {upload.failure && (
        <p>
          {upload.failure.message} <span class="weak">({upload.failure.code})</span>
        </p>
      )}
      {canWrite && upload.status === "succeeded_with_errors" && (
        <p>
          <NextStep upload={upload} />
        </p>
      )}
    </Notice>
  );
}

function NextStep({ upload }: { upload: Upload }) {
  if (upload.dry_run) {
    return (
      <>
        Correct these rows in your file, then <a href={href(["upload"])}>upload it</a>.
      </>
    );
  }
  const place = href(["upload"], { kind: upload.kind === "customers" ? "customers" : undefined });
  return (
    <>
      Correct the rows in the error file, then <a href={place}>upload the error file</a>. Each row
      counts only once, even if you upload it again.
    </>
  );
}

const COLUMNS: Column<Total>[] = [
  { name: "Meter", heading: true, cell: (total) => total.event_name },
  { name: "Events", number: true, cell: (total) => count(total.event_count) },
  { name: "Sum of values", number: true, cell: (total) => decimal(total.value_sum) },
  { name: "First event", cell: (total) => eventTime(total.first_timestamp) },
  { name: "Last event", cell: (total) => eventTime(total.last_timestamp) },
];

/** @param seconds null if an earlier version of Meterdrop stored the upload */
function eventTime(seconds: number | null) {
  return seconds === null ? "–" : utcTime(seconds);
}

/** The totals of the counted rows, by meter. */
export function Totals({ upload }: { upload: Upload }) {
  if (upload.totals.length === 0) return null;
  const title =
    upload.status === "reverted" ? "Totals by meter before the revert" : "Totals by meter";
  return (
    <section>
      <h2>{title}</h2>
      <Table
        caption={title}
        columns={COLUMNS}
        rows={upload.totals}
        id={({ event_name }: Total) => event_name}
      />
    </section>
  );
}

/** The row counts of an upload. */
export function Counts({ upload }: { upload: Upload }) {
  return (
    <section aria-label="Counts">
      <Figures
        figures={[
          { name: "Rows", value: count(upload.row_count) },
          { name: good(upload), value: count(upload.success_count) },
          { name: "Duplicates", value: count(upload.duplicate_count) },
          { name: "Refused", value: count(upload.error_count) },
        ]}
      />
    </section>
  );
}

function good({ kind, dry_run, status }: Upload) {
  if (kind === "customers") return "Registered or changed";
  if (status === "reverted") return "Counted before the revert";
  return dry_run ? "Would be counted" : "Counted";
}
