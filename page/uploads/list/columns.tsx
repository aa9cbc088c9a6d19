import { LocalTime, Status } from "../../components/display";
import type { Column } from "../../components/table";
import { count, size, ZONE } from "../../lib/format";
import { href } from "../../lib/router";
import type { Upload } from "../../types";

/** The columns of a list of uploads. */
export const columns: Column<Upload>[] = [
  {
    name: "File",
    heading: true,
    cell: (upload) => (
      <span class="file-cell">
        <a href={href(["uploads", upload.id])}>{upload.file_name}</a>
        <span class="weak">{whatItIs(upload)}</span>
      </span>
    ),
  },
  { name: `Received (${ZONE})`, cell: ({ created }) => <LocalTime at={created} /> },
  { name: "Size", number: true, cell: (upload) => size(upload.size) },
  { name: "Status", cell: ({ status }) => <Status status={status} /> },
  { name: "Rows", number: true, cell: (upload) => count(upload.row_count) },
  { name: "Refused", number: true, cell: (upload) => count(upload.error_count) },
  { name: "Duplicates", number: true, cell: (upload) => count(upload.duplicate_count) },
];

/** Return the folder, with a prefix if the file isn't an ordinary usage file. */
function whatItIs(upload: Upload) {
  const folder = upload.key.slice(0, upload.key.length - upload.file_name.length);
  const mark = upload.dry_run ? "Dry run · " : upload.kind === "customers" ? "Customers · " : "";
  return upload.parent === null ? `${mark}${folder}` : `${mark}Corrected · ${folder}`;
}
