import { Figures } from "../components/display";
import { Notice, Progress } from "../components/feedback";
import { get, pathPart } from "../lib/api";
import { count, counted } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { HistoryEntry, Status, Upload } from "../types";
import { firstOf, isMoving, reasonOf, sentence } from "./status";

const KINDS: Partial<Record<Status, "good" | "warn" | "bad">> = {
  succeeded: "good",
  succeeded_with_errors: "warn",
  failed: "bad",
};

/** Return the kind of the notice with an upload's result. A dry run changes nothing. */
export function noticeKind({ status, dry_run }: Upload) {
  return dry_run ? "info" : (KINDS[status] ?? "info");
}

/** The result of an upload, and the next step. */
export function Outcome({
  upload,
  open,
  canWrite,
}: {
  upload: Upload;
  /** refused rows that no later file has counted, null if that isn't known */
  open: number | null;
  canWrite: boolean;
}) {
  if (isMoving(upload))
    return (
      <Notice>
        <Progress label={sentence(upload)} />
      </Notice>
    );
  return (
    <Notice kind={open === 0 && upload.error_count > 0 ? "good" : noticeKind(upload)}>
      <p>
        <strong>{sentence(upload)}</strong>
      </p>
      {open !== null && open < upload.error_count && <p>{corrected(upload, open)}</p>}
      <Reason upload={upload} />
      {canWrite && firstOf(upload) !== null && !upload.dry_run && (
        <p>
          If the same usage happened again, <a href={href(["upload"])}>upload the file</a> and
          choose Count again.
        </p>
      )}
      {canWrite && upload.status === "succeeded_with_errors" && open !== 0 && (
        <p>
          <NextStep upload={upload} />
        </p>
      )}
    </Notice>
  );
}

/** Tell how many of the refused rows later files have counted. */
function corrected({ error_count }: Upload, open: number) {
  const since = `${count(error_count - open)} of ${counted(error_count, "refused row")} corrected since`;
  return open === 0 ? `${since}. Nothing is left to do.` : `${since}, ${count(open)} to correct.`;
}

/** Why an upload failed. If its rows are in another upload, a link leads there. */
export function Reason({ upload }: { upload: Upload }) {
  const reason = reasonOf(upload);
  if (reason === null) return null;
  const first = firstOf(upload);
  return (
    <p>
      {reason} {first !== null && <First id={first} />}{" "}
      <span class="weak">({upload.failure?.code})</span>
    </p>
  );
}

function First({ id }: { id: string }) {
  const { answer } = useQuery(
    "upload",
    (signal) => get(`v1/uploads/${pathPart(id)}`, {}, { signal }) as Promise<Upload>,
    [id],
  );
  const link = <a href={href(["uploads", id])}>{answer?.file_name ?? id}</a>;
  return answer?.status === "failed" ? (
    <>That upload failed. Reprocess it instead: {link}.</>
  ) : (
    <>See {link}.</>
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
      <a href={href(["uploads", upload.id, "correct"])}>Correct the rows</a> in the page. Or correct
      them in the error file, then <a href={place}>upload the error file</a>. Each row counts only
      once, even if you upload it again.
    </>
  );
}

/**
 * The row counts of an upload. A new run begins at zero, although counted rows stay counted. So until it ends, the
 * counts are those of the last run.
 */
export function Counts({ upload, last }: { upload: Upload; last: HistoryEntry["counts"] }) {
  const isOld = upload.status === "processing" && upload.run > 1 && last !== null;
  const counts = isOld ? last : upload;
  return (
    <section aria-label="Counts" class={isOld ? "last-run" : undefined}>
      {isOld && <p class="hint">Figures of the last run, until this run is complete.</p>}
      <Figures
        figures={[
          { name: "Rows", value: count(counts.row_count) },
          { name: good(upload), value: count(counts.success_count) },
          { name: "Duplicates", value: count(counts.duplicate_count) },
          { name: "Refused", value: count(counts.error_count) },
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
