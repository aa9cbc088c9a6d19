import { Notice } from "../components/feedback";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { nameOf } from "../correct/groups";
import { count, counted } from "../lib/format";
import type { ErrorGroup, Sample, Upload } from "../types";
import { parts } from "./files";

const AT_MOST = 10; // row errors that an upload shows; a row may have several
const MOST_GROUPS = 20;

const COLUMNS: Column<Sample>[] = [
  {
    name: "Row",
    heading: true,
    cell: ({ row_number }) => <span class="whole">Row {count(row_number)}</span>,
  },
  { name: "Column", cell: ({ field }) => column(field) },
  { name: "Reason", cell: ({ field, message }) => withoutColumn(field, message) },
  { name: "Code", cell: ({ code }) => <code>{code}</code> },
];

const GROUP_COLUMNS: Column<ErrorGroup>[] = [
  {
    name: "Error",
    heading: true,
    cell: ({ code }) => (
      <>
        {nameOf(code)} <code class="weak">{code}</code>
      </>
    ),
  },
  { name: "Column", cell: ({ field }) => column(field) },
  { name: "Refused rows", number: true, cell: (group) => count(group.count) },
];

/** The API's messages begin with the column, which has its own cell here. */
export function withoutColumn(field: string, message: string) {
  const prefix = `${field}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}

function column(field: string) {
  return field === "" ? "Whole row" : <code>{field}</code>;
}

/** The most frequent row errors, and the first refused rows. */
export function RowErrors({
  upload,
  heading: Heading = "h2",
}: {
  upload: Upload;
  /** the element of the heading */
  heading?: "h2" | "h4";
}) {
  if (upload.samples.length === 0) return null;
  return (
    <section>
      <Heading>Refused rows</Heading>
      {upload.error_file?.is_complete === false && <Incomplete upload={upload} />}
      {upload.errors.length > 0 && <Groups errors={upload.errors} />}
      <p class="weak">{ofSamples(upload)}</p>
      <Table
        caption="Refused rows"
        columns={COLUMNS}
        rows={upload.samples}
        id={({ row_number, code, field }: Sample) => `${row_number} ${code} ${field}`}
      />
    </section>
  );
}

/** Empty for uploads stored by an earlier version of Meterdrop. */
function Groups({ errors }: { errors: ErrorGroup[] }) {
  return (
    <>
      <p class="weak">
        {errors.length === MOST_GROUPS ? `The ${MOST_GROUPS} most frequent errors. ` : ""}Each
        refused row counts under its first error only.
      </p>
      <Table
        caption="Most frequent errors"
        columns={GROUP_COLUMNS}
        rows={errors}
        id={({ code, field }: ErrorGroup) => `${code} ${field}`}
      />
    </>
  );
}

function ofSamples(upload: Upload) {
  const shown = new Set(upload.samples.map(({ row_number }) => row_number)).size;
  if (upload.samples.length < AT_MOST || shown === upload.error_count)
    return "Row numbers start at 1, after the header.";
  const first = `The first ${AT_MOST} row errors. Row numbers start at 1, after the header.`;
  if (upload.error_file?.is_complete === false) return first;
  const where =
    parts(upload) > 1 ? "The parts of the error file contain" : "The error file contains";
  return `${first} ${where} all ${counted(upload.error_count, "refused row")}.`;
}

function Incomplete({ upload }: { upload: Upload }) {
  return (
    <Notice kind="warn">
      The error file doesn't list all {counted(upload.error_count, "refused row")}, because it would
      be too large. Correct the errors in the original file and upload it again as an update.
    </Notice>
  );
}
