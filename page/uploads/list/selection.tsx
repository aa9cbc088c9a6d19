import { useEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "../../components/dialog";
import { announce, Failed, Loading } from "../../components/feedback";
import type { Column } from "../../components/table";
import { Table } from "../../components/table";
import { post, wordsOf } from "../../lib/api";
import { counted } from "../../lib/format";
import { limited } from "../../lib/limited";
import { useQuery } from "../../lib/use-query";
import type { Revert, Upload } from "../../types";
import { canReprocess, canRevert, ReprocessChoice } from "../actions";
import { Left, revertPreview } from "../related";
import { resultOf } from "../status";

type Action = "reprocess" | "revert";

const WORDS = {
  reprocess: { title: "Reprocess", done: "Reprocess requested", can: canReprocess },
  revert: { title: "Revert", done: "Revert requested", can: canRevert },
};

/** The uploads that are selected in a list, by ID. */
export interface Selection {
  ids: Set<string>;
  toggle: (id: string) => void;
  clear: () => void;
}

export function useSelection(): Selection {
  const [ids, setIds] = useState<Set<string>>(new Set());
  return {
    ids,
    toggle: (id) =>
      setIds((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      }),
    clear: () => setIds(new Set()),
  };
}

/** Return the column with the check boxes. */
export function selectColumn({ ids, toggle }: Selection): Column<Upload> {
  return {
    name: "Select",
    cell: ({ id, file_name }) => (
      <input
        type="checkbox"
        aria-label={`Select ${file_name}`}
        checked={ids.has(id)}
        onChange={() => toggle(id)}
      />
    ),
  };
}

/** The buttons for the selected uploads. */
export function SelectedActions({
  uploads,
  put,
  clear,
}: {
  uploads: Upload[];
  put: (upload: Upload) => unknown;
  clear: () => void;
}) {
  const [action, setAction] = useState<Action | null>(null);
  if (uploads.length === 0) return null;
  const close = () => {
    setAction(null);
    clear();
  };
  return (
    <div class="actions">
      <span>{counted(uploads.length, "upload")} selected</span>
      <button type="button" onClick={() => setAction("reprocess")}>
        Reprocess selected…
      </button>
      <button type="button" class="danger" onClick={() => setAction("revert")}>
        Revert selected…
      </button>
      <button type="button" class="quiet" onClick={clear}>
        Clear selection
      </button>
      {action && <BulkDialog action={action} uploads={uploads} put={put} close={close} />}
    </div>
  );
}

/** One preview for all uploads. Then they change one after the other, with the result of each in its row. */
function BulkDialog({
  action,
  uploads,
  put,
  close,
}: {
  action: Action;
  uploads: Upload[];
  put: (upload: Upload) => unknown;
  close: () => void;
}) {
  const { title, done, can } = WORDS[action];
  // The list goes on refreshing behind the dialog.
  const [chosen] = useState(uploads);
  const [keys] = useState(() => new Map(chosen.map(({ id }) => [id, crypto.randomUUID()])));
  const [results, setResults] = useState<Map<string, string>>(new Map());
  const [state, setState] = useState<"preview" | "running" | "done">("preview");
  const [duplicatesToo, setDuplicatesToo] = useState(false);
  const closed = useRef(false);
  useEffect(
    () => () => {
      closed.current = true;
    },
    [],
  );
  const able = chosen.filter(can);
  const preview = useQuery<Revert[]>(
    "reverts",
    (signal) =>
      Promise.all(
        action === "revert" ? able.map(({ id }) => limited(() => revertPreview(id, signal))) : [],
      ),
    able.map(({ id }) => `${action} ${id}`),
  );

  async function run(event: Event) {
    event.preventDefault();
    setState("running");
    let failed = 0;
    for (const { id } of able) {
      if (closed.current) return;
      const parameters =
        action === "revert" && duplicatesToo ? { reprocess_duplicates: "true" } : {};
      let words = done;
      try {
        put(await post(`v1/uploads/${id}/${action}`, parameters, { idempotencyKey: keys.get(id) }));
      } catch (error) {
        failed += 1;
        words = wordsOf(error);
      }
      setResults((before) => new Map(before).set(id, words));
    }
    announce(`${done}: ${able.length - failed} of ${counted(able.length, "upload")}.`);
    setState("done");
  }

  const columns: Column<Upload>[] = [
    { name: "File", heading: true, cell: ({ file_name }) => file_name },
    {
      name: action === "revert" ? "Removes" : "Now",
      cell: (upload) => {
        if (!can(upload)) return `Not possible (${resultOf(upload).words})`;
        return action === "revert"
          ? counted(upload.success_count, "event")
          : resultOf(upload).words;
      },
    },
    { name: "Result", cell: ({ id }) => results.get(id) ?? "–" },
  ];
  const events = able.reduce((sum, { success_count }) => sum + success_count, 0);
  return (
    <Dialog title={`${title} ${counted(able.length, "upload")}?`} close={close}>
      <form onSubmit={run}>
        <div class="dialog-body">
          <p>
            {action === "revert"
              ? `This removes ${counted(events, "event")} from usage. You can't undo a revert. To count the rows again, upload the files again.`
              : "Meterdrop processes the same files again, with the current meters and customers. Counted rows stay counted, only once."}
          </p>
          <Table
            caption={`${title} these uploads`}
            columns={columns}
            rows={chosen}
            id={({ id }: Upload) => id}
          />
          {action === "revert" && preview.answer && (
            <Left revert={affected(preview.answer, able)}>
              <ReprocessChoice checked={duplicatesToo} change={setDuplicatesToo} />
            </Left>
          )}
          {preview.answer === null && preview.failure === null && (
            <Loading what="related uploads" shape="lines" />
          )}
          {preview.failure !== null && (
            <Failed
              what="Couldn't load the related uploads."
              error={preview.failure}
              again={preview.reload}
            />
          )}
        </div>
        <div class="dialog-actions">
          <button type="button" onClick={close}>
            {state === "preview" ? "Cancel" : state === "running" ? "Stop" : "Close"}
          </button>
          {state !== "done" && (
            <button
              type="submit"
              class={action === "revert" ? "danger" : "primary"}
              disabled={able.length === 0 || preview.answer === null}
              aria-disabled={state === "running"}
            >
              {state === "running" ? "Please wait…" : title}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/** Return the other uploads that a revert of several uploads affects. */
function affected(previews: Revert[], reverted: Upload[]) {
  const own = new Set(reverted.map(({ id }) => id));
  const others = (ids: string[]) => [...new Set(ids)].filter((id) => !own.has(id));
  return {
    children: others(previews.flatMap(({ children }) => children)),
    duplicates: others(previews.flatMap(({ duplicates }) => duplicates)),
  };
}
