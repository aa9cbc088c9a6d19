import { PageTitle } from "../components/display";
import { go } from "../lib/router";
import type { ViewProps } from "../types";
import { DropZone } from "./drop-zone";
import { FileList } from "./file-list";
import { add } from "./queue";
import { Template } from "./template";
import type { Kind } from "./types";

/** The view that uploads files and shows their results. */
export function UploadPage({ query }: ViewProps) {
  const kind = query.get("kind") === "customers" ? "customers" : "usage";
  return (
    <>
      <PageTitle title="Upload" />
      <KindChoice kind={kind} />
      <DropZone words="Drop CSV files here" take={(files: File[]) => add(files, kind)}>
        <p class="hint">
          {kind === "usage"
            ? "Each row is one usage: when it happened, which meter, which customer, and how much."
            : "Each row is one customer: the ID, and optionally the name and the email address."}{" "}
          The first row has the names of the columns.
        </p>
        <p class="hint">
          Excel workbooks and files with other column names work too. Before anything is sent, you
          say which column is which. Maximum size of a CSV file: 5 MB.
        </p>
      </DropZone>
      <Template
        key={`${kind} ${query.get("meter")}`}
        kind={kind}
        meter={query.get("meter") ?? ""}
      />
      <FileList />
    </>
  );
}

const KINDS: [Kind, string][] = [
  ["usage", "Usage"],
  ["customers", "Customers"],
];

/** The choice between usage and customer files. */
export function KindChoice({ kind }: { kind: Kind }) {
  const choose = (chosen: Kind) =>
    go(["upload"], { kind: chosen === "usage" ? undefined : chosen }, { replace: true });
  return (
    <fieldset class="choice">
      <legend>Data in the files</legend>
      {KINDS.map(([value, name]) => (
        <label key={value}>
          <input type="radio" name="kind" checked={kind === value} onChange={() => choose(value)} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
