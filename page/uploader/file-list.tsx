import { useRef } from "preact/hooks";
import { Way } from "../components/way";
import { count, counted } from "../lib/format";
import { useStore } from "../lib/store";
import { FileCard } from "./file-card";
import { dropFinished, items, start } from "./queue";

/** The chosen files with their progress, and the buttons that start uploads. */
export function FileList() {
  const all = useStore(items);
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
  const finished = all.some(({ state }) => state === "done");

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
          {ready.length > 0 && (
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
      <ul class="file-list">
        {all.map((item) => (
          <FileCard key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}
