import { useLayoutEffect, useRef } from "preact/hooks";
import type { Corrections, Issue, Row } from "../corrections";
import { content, shown } from "../error-file";

/** A cell by the position of its row and of its column in the grid. */
export interface At {
  row: number;
  column: number;
}

/** Return the problem of a cell. */
export function issueAt(row: Row, column: number): Issue | undefined {
  return row.issues.find((issue) => issue.column === column);
}

/** One cell of the grid: its text and what is wrong with it, or an editor. */
export function Cell({
  corrections,
  row,
  column,
  at,
  isActive,
  editing,
  commit,
}: {
  corrections: Corrections;
  row: Row;
  column: number;
  at: At;
  isActive: boolean;
  editing: string | null;
  commit: (text: string | null, step: Partial<At> | null) => void;
}) {
  const cell = row.cells[column] ?? "";
  const issue = issueAt(row, column);
  const isChanged = cell !== row.refused[column];
  return (
    <td
      role="gridcell"
      data-at={`${at.row} ${at.column}`}
      class={`grid-cell${isChanged ? " changed" : ""}${issue?.isServer === false ? " hinted" : ""}`}
      aria-colindex={at.column + 2}
      aria-invalid={issue ? "true" : undefined}
      aria-readonly={!corrections.isEditable(row, column)}
      tabindex={isActive ? 0 : -1}
      title={issue?.words}
    >
      {editing === null ? (
        <>
          <span class="grid-value">{shown(cell)}</span>
          {issue && <span class="grid-issue">{issue.words}</span>}
        </>
      ) : (
        <Editor
          label={`${corrections.table.names[column]}, row ${row.number}`}
          before={shown(cell)}
          start={editing}
          commit={commit}
        />
      )}
    </td>
  );
}

/** The text of a cell while someone edits it. A text area, because a cell can contain line breaks. */
function Editor({
  label,
  before,
  start,
  commit,
}: {
  label: string;
  before: string;
  start: string;
  commit: (text: string | null, step: Partial<At> | null) => void;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const isDone = useRef(false);
  // Before the next key arrives.
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(start === before ? 0 : start.length, start.length);
  }, []);
  const finish = (isKept: boolean, step: Partial<At> | null) => {
    if (isDone.current) return;
    isDone.current = true;
    const text = area.current?.value ?? "";
    // A text area has only line feeds.
    const isSame = text === before.replace(/\r\n?/g, "\n") || content(text) === content(before);
    commit(isKept && !isSame ? text : null, step);
  };
  const key = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter") finish(true, { row: event.shiftKey ? -1 : 1 });
    else if (event.key === "Tab") finish(true, { column: event.shiftKey ? -1 : 1 });
    else if (event.key === "Escape") finish(false, {});
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <textarea
      ref={area}
      class="grid-editor"
      aria-label={label}
      rows={1}
      spellcheck={false}
      defaultValue={start}
      onKeyDown={key}
      onBlur={() => finish(true, null)}
    ></textarea>
  );
}
