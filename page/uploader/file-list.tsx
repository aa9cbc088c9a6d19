import { useRef, useState } from "preact/hooks";
import { Dialog } from "../components/dialog";
import { Way } from "../components/way";
import { count, counted } from "../lib/format";
import { FileCard } from "./file-card";
import { dropFinished, items, start } from "./queue";
import type { Item } from "./types";

/** The chosen files with their progress, and the buttons that start uploads. */
export function FileList() {
  const all = items.value;
  const heading = useRef<HTMLHeadingElement>(null);
  if (all.length === 0)
    return (
      <section>
        <Way />
      </section>
    );
  const ready = all.filter(({ state }) => state === "ready").map(({ id }) => id);
  const usage = all
    .filter(({ state, kind }) => state === "ready" && kind === "usage")
    .map(({ id }) => id);
  const checked = all.filter(isChecked);
  const passed = checked.filter(({ upload }) => upload?.error_count === 0).map(({ id }) => id);
  const refused = checked.filter(({ upload }) => upload?.error_count !== 0);
  const finished = all.some(({ state }) => state === "done");
  const several = checked.length > 0 && ready.length + checked.length > 1;
  const [asks, setAsks] = useState(false);

  /** The pressed button disappears, so the heading gets the focus. */
  const begin = (ids: string[], dryRun: boolean) => {
    start(ids, { dryRun });
    heading.current?.focus();
  };

  return (
    <section class="files">
      <div class="page-title">
        <h2 tabindex={-1} ref={heading}>
          {counted(all.length, "file")}
        </h2>
        <div class="actions">
          {finished && (
            <button type="button" class="quiet" onClick={dropFinished}>
              Clear finished
            </button>
          )}
          {usage.length > 0 && (
            <button type="button" onClick={() => begin(usage, true)}>
              Validate only
            </button>
          )}
          {several && (
            <button
              type="button"
              class="primary"
              onClick={() =>
                refused.length > 0 ? setAsks(true) : begin([...ready, ...passed], false)
              }
            >
              Upload all {count(ready.length + checked.length)} files
              {refused.length > 0 && "…"}
            </button>
          )}
          {ready.length > 0 && !several && (
            <button type="button" class="primary" onClick={() => begin(ready, false)}>
              Upload {ready.length === 1 ? "file" : `${count(ready.length)} files`}
            </button>
          )}
        </div>
      </div>
      {usage.length > 0 && (
        <p class="hint">
          Validate only is a dry run: Meterdrop validates every row, but stores no meter events.
        </p>
      )}
      {asks && (
        <RefusedDialog
          refused={refused}
          others={[...ready, ...passed]}
          upload={(ids) => begin(ids, false)}
          close={() => setAsks(false)}
        />
      )}
      <ul class="file-list">
        {all.map((item) => (
          <FileCard key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** Whether a file passed a dry run, perhaps with refused rows, and isn't uploaded yet. */
function isChecked({ state, upload }: Item) {
  return state === "done" && upload !== null && upload.dry_run && upload.failure === null;
}

/** The question before files with refused rows are uploaded. */
function RefusedDialog({
  refused,
  others,
  upload,
  close,
}: {
  refused: Item[];
  /** the IDs of the files without refused rows */
  others: string[];
  upload: (ids: string[]) => void;
  close: () => void;
}) {
  const choose = (ids: string[]) => {
    close();
    upload(ids);
  };
  const files = refused.length === 1 ? "1 file has" : `${count(refused.length)} files have`;
  return (
    <Dialog title="Upload files with refused rows?" close={close}>
      <div class="dialog-body">
        <p>{files} rows that would be refused:</p>
        <ul>
          {refused.map(({ id, file, upload: dryRun }) => (
            <li key={id}>
              {file.name}: {counted(dryRun?.error_count ?? 0, "refused row")}
            </li>
          ))}
        </ul>
        <p>
          If you upload these files, their other rows are counted. Each file gets an error file, in
          which you can correct the refused rows.
        </p>
      </div>
      <div class="dialog-actions">
        <button type="button" onClick={close}>
          Cancel
        </button>
        {others.length > 0 && (
          <button type="button" onClick={() => choose(others)}>
            Upload only the {counted(others.length, "other file", "other files")}
          </button>
        )}
        <button
          type="button"
          class="primary"
          onClick={() => choose([...others, ...refused.map(({ id }) => id)])}
        >
          Upload all {counted(others.length + refused.length, "file")}
        </button>
      </div>
    </Dialog>
  );
}
