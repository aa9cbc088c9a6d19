import { useState } from "preact/hooks";
import { ConfirmDialog } from "../components/dialog";
import { Failed, Loading } from "../components/feedback";
import { post } from "../lib/api";
import { counted, decimal } from "../lib/format";
import { session } from "../lib/session";
import { useQuery } from "../lib/use-query";
import type { Total, Upload } from "../types";
import { Left, revertPreview } from "./related";

const SUCCEEDED = ["succeeded", "succeeded_with_errors"];

export function canRevert({ status, kind, dry_run }: Upload) {
  return SUCCEEDED.includes(status) && kind === "usage" && !dry_run;
}

export function canReprocess({ status }: Upload) {
  return SUCCEEDED.includes(status) || status === "failed";
}

/** The buttons to reprocess and revert an upload, if its status allows them. */
export function Lifecycle({ upload, put }: { upload: Upload; put: (upload: Upload) => void }) {
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  return (
    <>
      {canReprocess(upload) && (
        <button type="button" onClick={() => setOpen("reprocess")}>
          Reprocess…
        </button>
      )}
      {canRevert(upload) && (
        <button type="button" class="danger" onClick={() => setOpen("revert")}>
          Revert…
        </button>
      )}
      {open === "reprocess" && <ReprocessDialog upload={upload} put={put} close={close} />}
      {open === "revert" && <RevertDialog upload={upload} put={put} close={close} />}
    </>
  );
}

export function RevertDialog({
  upload,
  put,
  close,
}: {
  upload: Upload;
  put: (upload: Upload) => void;
  close: () => void;
}) {
  const { answer, failure, reload } = useQuery(
    "revert",
    (signal) => revertPreview(upload.id, signal),
    [upload.id],
  );
  const [reprocesses, setReprocesses] = useState(false);
  const parameters = reprocesses ? { reprocess_duplicates: "true" } : {};
  const act = async (idempotencyKey: string) =>
    put(await post(`v1/uploads/${upload.id}/revert`, parameters, { idempotencyKey }));
  return (
    <ConfirmDialog
      title={`Revert ${upload.file_name}?`}
      confirm="Revert"
      danger
      ready={answer !== null}
      act={act}
      close={close}
    >
      <p>
        This removes {counted(upload.success_count, "event")} from usage, and you can use the
        identifiers again. You can't undo a revert. To count the rows again, upload the file again.
      </p>
      {upload.totals.length > 0 && <ul>{upload.totals.map(total)}</ul>}
      {answer !== null && (
        <Left revert={answer}>
          <ReprocessChoice checked={reprocesses} change={setReprocesses} />
        </Left>
      )}
      {answer === null && failure === null && <Loading what="related uploads" shape="lines" />}
      {failure !== null && (
        <Failed what="Couldn't load the related uploads." error={failure} again={reload} />
      )}
    </ConfirmDialog>
  );
}

function total({ event_name, event_count, value_sum }: Total) {
  const sum = value_sum === null ? "" : `, sum of values ${decimal(value_sum)}`;
  return (
    <li key={event_name}>
      {event_name}: {counted(event_count, "event")}
      {sum}
    </li>
  );
}

/** The choice to reprocess the uploads that have duplicates of reverted rows. */
export function ReprocessChoice({
  checked,
  change,
}: {
  checked: boolean;
  change: (checked: boolean) => void;
}) {
  // With a prefix, a key may not see all of these uploads, so the API refuses.
  if (session.value?.about.prefix) return null;
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      Reprocess the uploads with duplicates
    </label>
  );
}

export function ReprocessDialog({
  upload,
  put,
  close,
}: {
  upload: Upload;
  put: (upload: Upload) => void;
  close: () => void;
}) {
  const act = async (idempotencyKey: string) =>
    put(await post(`v1/uploads/${upload.id}/reprocess`, {}, { idempotencyKey }));
  return (
    <ConfirmDialog
      title={`Reprocess ${upload.file_name}?`}
      confirm="Reprocess"
      act={act}
      close={close}
    >
      <p>Meterdrop processes the same file again, with the current meters and customers.</p>
      <ul>
        {consequences(upload).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}

function consequences(upload: Upload) {
  if (upload.kind === "customers") {
    return [
      "Meterdrop registers or changes the customers in the file. This overwrites later changes to them.",
    ];
  }
  if (upload.dry_run)
    return [
      "Meterdrop validates every row again and replaces the error file. It stores no meter events.",
    ];
  if (upload.status === "failed") {
    return [
      "Meterdrop validates the whole file again. If the file is valid now, its valid rows are counted.",
    ];
  }
  return [
    "Counted rows stay counted, only once. Cancelled events stay cancelled.",
    "Meterdrop validates refused rows again, and duplicates of rows that have been reverted.",
    "Meterdrop replaces the error file, or deletes it if no rows are refused.",
    "If the whole file is refused now, Meterdrop removes its events.",
  ];
}
