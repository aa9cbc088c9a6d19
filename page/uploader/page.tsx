import { PageTitle } from "../components/display";
import { count } from "../lib/format";
import { go } from "../lib/router";
import type { ViewProps } from "../types";
import { DropZone } from "./drop-zone";
import { FileList } from "./file-list";
import { LIMIT } from "./precheck";
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
          Maximum file size: {count(LIMIT)} bytes (5 MB). Encoding: UTF-8 or UTF-16.{" "}
          {kind === "usage" ? (
            "Required columns: timestamp, event_name, and a customer column. The template lists all columns."
          ) : (
            <>
              Columns: <code>id</code> (required), <code>name</code>, and <code>email</code>.
            </>
          )}
        </p>
      </DropZone>
      {kind === "usage" && <Template key={query.get("meter")} meter={query.get("meter") ?? ""} />}
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
