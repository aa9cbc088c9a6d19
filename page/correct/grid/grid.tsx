import type { RefObject } from "preact";
import { useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { count } from "../../lib/format";
import type { Corrections, Row } from "../corrections";
import { shown, trim } from "../error-file";
import { type At, Cell, issueAt } from "./cell";

const ROW = 46; // pixels, as in correct.css
const BEYOND = 6; // rows that are rendered above and below the visible ones
const PAGE = 10; // rows
const WIDTH_SAMPLE = 200; // rows
const NARROWEST = 9; // characters
const WIDEST = 34;

export interface GridHandle {
  focus: () => void;
  /** moves to the next wrong cell */
  nextError: () => void;
}

/** A grid of rows in which each cell can be edited. Only the visible rows are in the document. */
export function Grid({
  corrections,
  rows,
  describedBy,
  handle,
}: {
  corrections: Corrections;
  rows: Row[];
  describedBy: string;
  handle: RefObject<GridHandle | null>;
}) {
  const { columns, table } = corrections;
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<At>(
    () => firstError(corrections, rows, { row: 0, column: -1 }) ?? ORIGIN,
  );
  /** the text with which the editor opens, null if no cell is being edited */
  const [editing, setEditing] = useState<string | null>(null);
  const [top, setTop] = useState(0);
  const wantsFocus = useRef(false);
  const wasActive = useRef(false);
  const widths = useMemo(() => widthsOf(corrections, rows), [corrections, rows]);
  const active = { row: Math.min(at.row, rows.length - 1), column: at.column };
  const activeRow = rows[active.row];
  const activeColumn = columns[active.column] ?? 0;

  useLayoutEffect(() => {
    if (!wantsFocus.current || editing !== null) return;
    wantsFocus.current = false;
    const cell = grid.current?.querySelector<HTMLElement>("[tabindex='0']");
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  useImperativeHandle(handle, () => ({
    focus: () => move(active),
    nextError: () => move(firstError(corrections, rows, active) ?? active),
  }));

  function move({ row, column }: At) {
    wantsFocus.current = true;
    setEditing(null);
    setAt({ row: clamp(row, rows.length), column: clamp(column, columns.length) });
  }

  function edit(text: string) {
    if (activeRow && corrections.isEditable(activeRow, activeColumn)) setEditing(text);
  }

  /** @param step where the focus goes; null if it went elsewhere already */
  function commit(text: string | null, step: Partial<At> | null) {
    if (text !== null && activeRow)
      corrections.change([{ row: activeRow, column: activeColumn, text: trim(text) }]);
    if (step === null) return setEditing(null);
    const next = active.column + (step.column ?? 0);
    // Tab goes on in the next row.
    const turn = next < 0 ? -1 : next >= columns.length ? 1 : 0;
    const column = turn === 0 ? next : turn > 0 ? 0 : columns.length - 1;
    move({ row: active.row + (step.row ?? 0) + turn, column });
  }

  /** A press on a cell goes there. A press on the cell that has the focus edits it. */
  function press({ target }: MouseEvent) {
    const cell = target instanceof Element ? target.closest<HTMLElement>("td[data-at]") : null;
    if (cell === null || editing !== null) return;
    const [row = 0, column = 0] = (cell.dataset.at ?? "").split(" ").map(Number);
    if (row !== active.row || column !== active.column || !wasActive.current) move({ row, column });
    else edit(shown(activeRow?.cells[activeColumn] ?? ""));
  }

  function key(event: KeyboardEvent) {
    if (editing !== null || activeRow === undefined || event.altKey || event.isComposing) return;
    const { row, column } = active;
    const end = event.ctrlKey || event.metaKey;
    const moves: Record<string, At> = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      PageUp: { row: row - PAGE, column },
      PageDown: { row: row + PAGE, column },
      Home: { row: end ? 0 : row, column: 0 },
      End: { row: end ? rows.length - 1 : row, column: columns.length - 1 },
      F8: firstError(corrections, rows, active) ?? active,
    };
    const to = moves[event.key];
    if (to !== undefined) move(to);
    else if (end && event.key === "z") corrections.undo();
    else if (end) return;
    else if (event.key === "Enter" || event.key === "F2")
      edit(shown(activeRow.cells[activeColumn] ?? ""));
    else if (event.key === "Delete" || event.key === "Backspace")
      corrections.change([{ row: activeRow, column: activeColumn, text: "" }]);
    else if (event.key.length === 1) edit(event.key);
    else return;
    event.preventDefault();
  }

  const height = grid.current?.clientHeight ?? 600;
  const from = Math.max(0, Math.floor(top / ROW) - BEYOND);
  const to = Math.min(rows.length, Math.ceil((top + height) / ROW) + BEYOND);
  const visible = Array.from({ length: to - from }, (_, index) => from + index);
  // The active row stays in the document, because the focus is in it.
  if (active.row < from || active.row >= to) visible.push(active.row);

  return (
    <>
      <div ref={grid} class="grid" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <table
          role="grid"
          aria-label="Refused rows"
          aria-describedby={describedBy}
          aria-rowcount={rows.length + 1}
          aria-colcount={columns.length + 1}
          style={widths}
          onMouseDown={({ target }) => {
            wasActive.current = within(target);
          }}
          onClick={press}
          onKeyDown={key}
        >
          <thead role="rowgroup">
            <tr role="row" class="grid-row" aria-rowindex={1}>
              <th role="columnheader" scope="col" aria-colindex={1} class="grid-number">
                Row
              </th>
              {columns.map((column, index) => (
                <th key={column} role="columnheader" scope="col" aria-colindex={index + 2}>
                  {table.names[column] || "(no name)"}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup" style={{ height: `${rows.length * ROW}px` }}>
            {visible.map((index) => {
              const row = rows[index];
              return row === undefined ? null : (
                <tr
                  key={row.number}
                  role="row"
                  class="grid-row"
                  aria-rowindex={index + 2}
                  style={{ top: `${index * ROW}px` }}
                >
                  <th role="rowheader" scope="row" aria-colindex={1} class="grid-number">
                    {count(row.number)}
                    <span class="grid-state">{stateOf(corrections, row)}</span>
                  </th>
                  {columns.map((column, position) => {
                    const isActive = index === active.row && position === active.column;
                    return (
                      <Cell
                        key={column}
                        corrections={corrections}
                        row={row}
                        column={column}
                        at={{ row: index, column: position }}
                        isActive={isActive}
                        editing={isActive ? editing : null}
                        commit={commit}
                      />
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="grid-reason">
        {activeRow && reasonOf(activeRow, activeColumn, table.names[activeColumn] ?? "")}
      </p>
    </>
  );
}

const ORIGIN = { row: 0, column: 0 };

/** Return whether the focus is on the cell of an element. */
function within(target: EventTarget | null) {
  return target instanceof Element && target.closest("td") === document.activeElement;
}

function clamp(index: number, length: number) {
  return Math.max(0, Math.min(length - 1, index));
}

/** Return the next cell with a problem, null if there is none. It starts again at the top. */
function firstError(corrections: Corrections, rows: Row[], after: At): At | null {
  for (let step = 0; step <= rows.length; step++) {
    const row = (after.row + step) % rows.length;
    const wrong = rows[row];
    if (wrong === undefined || wrong.state !== "open") continue;
    const found = corrections.columns.findIndex(
      (column, position) => (step > 0 || position > after.column) && issueAt(wrong, column),
    );
    if (found >= 0) return { row, column: found };
  }
  return null;
}

function reasonOf(row: Row, column: number, name: string) {
  const issue = issueAt(row, column) ?? row.issues.find((each) => each.column < 0);
  if (issue === undefined) return `Row ${count(row.number)}, ${name}`;
  return `Row ${count(row.number)}, ${issue.field || name}: ${issue.isServer ? "" : "Looks wrong: "}${issue.words}`;
}

function stateOf(corrections: Corrections, row: Row) {
  if (row.state === "counted") return "counted";
  if (row.state === "sending") return "sending";
  if (row.leftOut) return "left out";
  if (corrections.isReady(row)) return "ready";
  return row.issues.some(({ column }) => column < 0) ? "whole row" : "";
}

/** Return the widths of the columns as CSS properties, by the first rows. Wider windows widen all columns. */
function widthsOf({ columns, table }: Corrections, rows: Row[]) {
  const widths = columns.map((column) => {
    const lengths = rows.slice(0, WIDTH_SAMPLE).map(({ cells }) => (cells[column] ?? "").length);
    const longest = Math.max((table.names[column] ?? "").length, ...lengths);
    return Math.max(NARROWEST, Math.min(WIDEST, longest)) + 3;
  });
  const all = widths.reduce((sum, width) => sum + width, 0);
  return {
    "--columns": widths.map((width) => `minmax(${width}ch, ${width}fr)`).join(" "),
    "--width": `${all}ch`,
  };
}
