import { useState } from "preact/hooks";
import { Notice, Progress } from "../components/feedback";
import type { Props } from "../convert/match-columns";
import { CorrectLink } from "../correct/link";
import { count, counted, decimal, size } from "../lib/format";
import { lazy } from "../lib/lazy";
import { href } from "../lib/router";
import type { Upload } from "../types";
import { ErrorFile, parts } from "../uploads/files";
import { UploadStatus } from "../uploads/list/columns";
import { noticeKind, Reason } from "../uploads/result";
import { RowErrors } from "../uploads/row-errors";
import { sentence } from "../uploads/status";
import { MeterName, useMeters } from "../uploads/totals";
import { ControlFields } from "./control-fields";
import { DropZone } from "./drop-zone";
import { EarlierChoice } from "./earlier";
import { add, drop, isUnderWay, replace, start } from "./queue";
import type { Item, Kind } from "./types";

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
        {item.state === "done" && item.upload && <UploadStatus upload={item.upload} />}
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
      return <Unfit item={item} />;
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
      return (
        <Progress
          label={`Uploading: ${size(sent)} of ${size(file.size)}`}
          value={sent}
          most={file.size}
        />
      );
    case "arriving":
      return <Progress label="Uploaded. Waiting for processing to start" />;
    case "processing": {
      const rows = upload?.row_count ?? 0;
      const label = dryRun ? "Validating rows" : "Processing rows";
      if (rows === 0) return <Progress label={label} />;
      const most = Math.max(lines, rows);
      return (
        <Progress
          label={`${label}: ${count(rows)} of ${count(most)} rows`}
          value={rows}
          most={most}
        />
      );
    }
    case "done":
      return <Result item={item} />;
    default:
      return <p class="weak">Checking the file…</p>;
  }
}

const OTHER: Record<Kind, string> = {
  usage: "Upload as usage",
  customers: "Upload as customers",
};

const MatchColumns = lazy<Props>(() =>
  import("../convert/match-columns").then((module) => module.MatchColumns),
);

/** Why a file isn't uploaded as it is, and what the page can do about it. */
function Unfit({ item: { id, file, kind, words, way } }: { item: Item }) {
  const [matches, setMatches] = useState(false);
  if (matches) {
    return (
      <MatchColumns
        file={file}
        kind={kind}
        done={(files) => replace(id, files, { source: file })}
        close={() => setMatches(false)}
      />
    );
  }
  return (
    <Notice kind={way === null ? "bad" : "warn"}>
      <p>
        <strong>Not uploaded.</strong> {words}
      </p>
      {way !== null && (
        <div class="actions">
          {way !== "match" && (
            <button type="button" onClick={() => replace(id, [file], { kind: way })}>
              {OTHER[way]}
            </button>
          )}
          <button type="button" onClick={() => setMatches(true)}>
            Match columns…
          </button>
        </div>
      )}
    </Notice>
  );
}

/** The choice stays visible after you decide, so that the focus stays too. */
function BeforeUpload({ item }: { item: Item }) {
  return (
    <>
      {item.earlier !== null && item.earlier.length > 0 && <EarlierChoice item={item} />}
      {item.state === "ready" && (
        <p class="weak">Ready to upload. The file size and the header are valid.</p>
      )}
      {item.source && <Source item={item} source={item.source} />}
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

/** The file that this one was made of, and the way back. */
function Source({ item: { id }, source }: { item: Item; source: File }) {
  return (
    <p class="hint">
      Made of {source.name} by matching columns.{" "}
      <button type="button" class="quiet" onClick={() => replace(id, [source], { source: null })}>
        Match again
      </button>
    </p>
  );
}

/** The result of a file in one sentence, and the next steps. */
export function Result({ item }: { item: Item }) {
  const { upload } = item;
  if (upload === null) return null;
  return (
    <>
      <Notice kind={noticeKind(upload)}>
        <p>
          <strong>{sentence(upload)}</strong> <a href={href(["uploads", upload.id])}>Details</a>
        </p>
        <Reason upload={upload} />
        {upload.failure?.code === "file_duplicate" && !upload.dry_run && <CountAgain item={item} />}
        {upload.dry_run && upload.failure === null && <UploadNow item={item} />}
      </Notice>
      {!upload.dry_run && upload.totals.length > 0 && <Counted upload={upload} />}
      {upload.error_count > 0 && <Correct item={item} />}
    </>
  );
}

/** The totals of a file, with links to see them at the meters. */
function Counted({ upload: { totals } }: { upload: Upload }) {
  const meters = useMeters(totals);
  return (
    <ul class="counted">
      {totals.map((total) => (
        <li key={total.event_name}>
          <MeterName total={total} meter={meters.get(total.event_name)} isStored />:{" "}
          {counted(total.event_count, "event")}
          {total.value_sum !== null && `, sum of values ${decimal(total.value_sum)}`}
        </li>
      ))}
    </ul>
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
              only the refused rows. Correct the rows
              {kind === "usage" ? ", but don't change the identifier column." : "."}
            </p>
            <DropZone small words="Drop the corrected error file here to upload it" take={take} />
          </>
        )}
      </div>
    </>
  );
}
