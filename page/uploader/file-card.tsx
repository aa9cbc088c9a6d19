import { Status } from "../components/display";
import { Notice, Progress } from "../components/feedback";
import { CorrectLink } from "../correct/link";
import { size } from "../lib/format";
import { href } from "../lib/router";
import { ErrorFile, parts } from "../uploads/files";
import { KIND } from "../uploads/result";
import { RowErrors } from "../uploads/row-errors";
import { sentence } from "../uploads/status";
import { ControlFields } from "./control-fields";
import { DropZone } from "./drop-zone";
import { EarlierChoice } from "./earlier";
import { add, drop, isUnderWay, start } from "./queue";
import type { Item } from "./types";

/** One file and its progress. */
export function FileCard({ item }: { item: Item }) {
  return (
    <li class={item.corrects === null ? "file-card" : "file-card corrected"}>
      <div class="file-head">
        <h3>{item.file.name}</h3>
        <span class="weak">
          {what(item)}
          {size(item.file.size)}
        </span>
        {item.state === "done" && item.upload && <Status status={item.upload.status} />}
        {!isUnderWay(item) && (
          <button
            type="button"
            class="quiet"
            aria-label={`Remove ${item.file.name} from this list`}
            onClick={() => drop(item.id)}
          >
            Remove
          </button>
        )}
      </div>
      {body(item)}
    </li>
  );
}

function what({ kind, corrects }: Item) {
  if (corrects !== null) return "Corrected · ";
  return kind === "customers" ? "Customers · " : "";
}

function body(item: Item) {
  const { state, words, file, sent, upload, lines, dryRun } = item;
  switch (state) {
    case "unfit":
      return (
        <Notice kind="bad">
          <p>
            <strong>Not uploaded.</strong> {words}
          </p>
        </Notice>
      );
    case "broken":
      return (
        <Notice kind="bad">
          <p role="alert">{words}</p>
          <ControlFields item={item} />
          <button type="button" onClick={() => start([item.id], item)}>
            Try again
          </button>
        </Notice>
      );
    case "undecided":
    case "ready":
      return <BeforeUpload item={item} />;
    case "waiting":
      return <p class="weak">Waiting to upload.</p>;
    case "sending":
      return <Progress label="Uploading" value={sent} most={file.size} />;
    case "arriving":
      return <Progress label="Uploaded. Waiting for processing to start" />;
    case "processing": {
      const rows = upload?.row_count ?? 0;
      const label = dryRun ? "Validating rows" : "Processing rows";
      return <Progress label={label} value={rows} most={Math.max(lines, rows)} />;
    }
    case "done":
      return <Result item={item} />;
    default:
      return <p class="weak">Checking the file…</p>;
  }
}

/** The choice stays visible after you decide, so that the focus stays too. */
function BeforeUpload({ item }: { item: Item }) {
  return (
    <>
      {item.earlier !== null && item.earlier.length > 0 && <EarlierChoice item={item} />}
      {item.state === "ready" && (
        <p class="weak">Ready to upload. The file size and the header are valid.</p>
      )}
      <ControlFields item={item} />
      {item.earlier === null && (
        <p class="hint">
          The page couldn't check for earlier files with this name. If you upload this file, it
          counts as a new file.
        </p>
      )}
    </>
  );
}

/** The result of a file in one sentence, and the next steps. */
export function Result({ item }: { item: Item }) {
  const { upload } = item;
  if (upload === null) return null;
  return (
    <>
      <Notice kind={KIND[upload.status]}>
        <p>
          <strong>{sentence(upload)}</strong> <a href={href(["uploads", upload.id])}>Details</a>
        </p>
        {upload.failure && <p>{upload.failure.message}</p>}
        {upload.failure?.code === "file_duplicate" && !upload.dry_run && <CountAgain item={item} />}
        {upload.dry_run && upload.failure === null && <UploadNow item={item} />}
      </Notice>
      {upload.error_count > 0 && <Correct item={item} />}
    </>
  );
}

function UploadNow({ item }: { item: Item }) {
  const words = item.upload?.error_count ? "Upload anyway" : "Upload now";
  return (
    <button type="button" onClick={() => start([item.id])}>
      {words}
    </button>
  );
}

function CountAgain({ item }: { item: Item }) {
  return (
    <>
      <p>If this is new usage that happens to be identical, you can count it again.</p>
      <button type="button" onClick={() => start([item.id], { allowDuplicate: true })}>
        Count again
      </button>
    </>
  );
}

/** The refused rows, and the drop zone for the corrected error file. */
function Correct({ item: { id, kind, upload } }: { item: Item }) {
  if (upload === null) return null;
  const take = (files: File[]) => add(files, kind, id);
  return (
    <>
      <RowErrors upload={upload} heading="h4" />
      <div class="correct">
        <div class="actions">
          <CorrectLink upload={upload} />
          <ErrorFile upload={upload} />
        </div>
        {upload.dry_run ? (
          <p class="hint">
            The error file lists the rows to correct in your file. No rows are counted yet.
          </p>
        ) : (
          <>
            <p class="hint">
              {parts(upload) > 1
                ? "The parts of the error file contain"
                : "The error file contains"}{" "}
              only the refused rows. Correct the rows, but don't change the identifier column.
            </p>
            <DropZone small words="Drop the corrected error file here to upload it" take={take} />
          </>
        )}
      </div>
    </>
  );
}
