import { useEffect, useId, useMemo, useRef } from "preact/hooks";
import { count } from "../../lib/format";
import type { Corrections, Row } from "../corrections";
import { groupsOf, titleOf } from "../groups";
import { Grid, type GridHandle } from "./grid";

/** Which rows the grid shows. */
export type Shown = { name: "wrong" | "ready" | "left" | "all" } | { name: "group"; key: string };

const CHOICES: [Exclude<Shown["name"], "group">, string, (corrections: Corrections) => Row[]][] = [
  [
    "wrong",
    "Rows to correct",
    (corrections) => corrections.open.filter((row) => isWrong(corrections, row)),
  ],
  ["ready", "Rows ready to send", (corrections) => corrections.ready],
  ["left", "Rows left out", (corrections) => corrections.open.filter(({ leftOut }) => leftOut)],
  ["all", "All refused rows", (corrections) => corrections.open],
];

function isWrong(corrections: Corrections, row: Row) {
  return row.state === "open" && !row.leftOut && !corrections.isReady(row);
}

/** The rows as a grid, and the choice of rows. */
export function RowsSection({
  corrections,
  shown,
  show,
  asked,
}: {
  corrections: Corrections;
  shown: Shown;
  show: (shown: Shown) => void;
  /** increases when the grid should get the focus */
  asked: number;
}) {
  const id = useId();
  const grid = useRef<GridHandle>(null);
  const lastGroup = useRef<{ title: string; rows: Row[] }>({ title: "", rows: [] });
  // A row stays in view while someone edits it, so the choice applies again only when many rows change.
  const rows = useMemo(() => {
    if (shown.name !== "group")
      return CHOICES.find(([name]) => name === shown.name)?.[2](corrections) ?? [];
    const group = groupsOf(corrections).find(({ key }) => key === shown.key);
    if (group !== undefined) lastGroup.current = { title: titleOf(group), rows: group.rows };
    return lastGroup.current.rows.filter(({ state }) => state !== "counted");
  }, [corrections, corrections.round, shown]);
  useEffect(() => {
    if (asked > 0) grid.current?.focus();
  }, [asked]);

  return (
    <section aria-labelledby="rows">
      <div class="section-title">
        <h2 id="rows" tabindex={-1}>
          Rows
        </h2>
        <div class="inline-field">
          <label for={id}>Show</label>
          <select
            id={id}
            value={shown.name}
            onChange={(event) => show({ name: event.currentTarget.value as "all" })}
          >
            {CHOICES.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
            {shown.name === "group" && <option value="group">{lastGroup.current.title}</option>}
          </select>
        </div>
        <button type="button" onClick={() => grid.current?.nextError()}>
          Next error
        </button>
      </div>
      <p class="hint" id={`${id}-keys`}>
        {count(rows.length)} rows. Move with the arrow keys. Enter or a letter edits a cell, Escape
        cancels, and F8 goes to the next error.
      </p>
      {rows.length > 0 && (
        <Grid
          key={rowsKey(shown)}
          corrections={corrections}
          rows={rows}
          describedBy={`${id}-keys`}
          handle={grid}
        />
      )}
    </section>
  );
}

function rowsKey(shown: Shown) {
  return shown.name === "group" ? shown.key : shown.name;
}
