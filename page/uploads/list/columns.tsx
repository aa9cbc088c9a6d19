import { LocalTime } from "../../components/display";
import type { Column } from "../../components/table";
import { count, counted, size } from "../../lib/format";
import { href } from "../../lib/router";
import type { Upload } from "../../types";
import { isMoving, reasonOf, resultOf } from "../status";

/** The columns of a list of uploads. A narrow window has one column of counts instead of three. */
export const columns: Column<Upload>[] = [
  { name: "File", heading: true, cell: (upload) => <FileCell upload={upload} /> },
  { name: "Received", cell: ({ created }) => <LocalTime at={created} /> },
  { name: "Size", number: true, only: "wide", cell: (upload) => size(upload.size) },
  { name: "Status", cell: (upload) => <UploadStatus upload={upload} /> },
  { name: "Rows", number: true, only: "wide", cell: (upload) => figure(upload, "row_count") },
  { name: "Refused", number: true, only: "wide", cell: (upload) => figure(upload, "error_count") },
  {
    name: "Duplicates",
    number: true,
    only: "wide",
    cell: (upload) => figure(upload, "duplicate_count"),
  },
  { name: "Result", only: "narrow", cell: inBrief },
];

/** The result of an upload as a badge. */
export function UploadStatus({ upload }: { upload: Upload }) {
  const { words, kind } = resultOf(upload);
  return <span class={`badge ${kind}`}>{words}</span>;
}

/** The file name, what kind of file it is, and why it failed. */
export function FileCell({ upload }: { upload: Upload }) {
  const what = whatItIs(upload);
  const reason = reasonOf(upload);
  return (
    <span class="file-cell">
      <a href={href(["uploads", upload.id])}>{upload.file_name}</a>
      {what && <span class="weak">{what}</span>}
      {reason && <span class="reason">{reason}</span>}
    </span>
  );
}

/** Where `POST /v1/uploads` puts files: a day and a random part, which tell nothing. */
const MADE = /\d{4}-\d\d-\d\d\/[0-9a-f]{16}\/$/;

/** Return what kind of file it is, and its folder if a person chose it. */
function whatItIs({ key, file_name, dry_run, kind, parent }: Upload) {
  const folder = key.slice(0, key.length - file_name.length).replace(MADE, "");
  return [
    dry_run && "Dry run",
    kind === "customers" && "Customers",
    parent !== null && "Corrected",
    folder.includes("/", folder.indexOf("/") + 1) && folder,
  ]
    .filter(Boolean)
    .join(" · ");
}

type CountName = "row_count" | "error_count" | "duplicate_count";

function figure(upload: Upload, name: CountName) {
  return upload.status === "failed" ? "–" : count(upload[name]);
}

function inBrief(upload: Upload) {
  if (upload.status === "failed") return "–";
  const { row_count, error_count, duplicate_count } = upload;
  if (isMoving(upload) && row_count === 0) return "–";
  return [
    counted(row_count, "row"),
    error_count > 0 && `${count(error_count)} refused`,
    duplicate_count > 0 && counted(duplicate_count, "duplicate"),
  ]
    .filter(Boolean)
    .join(", ");
}
