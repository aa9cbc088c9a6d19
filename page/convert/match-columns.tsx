import { useEffect, useMemo, useState } from "preact/hooks";
import { Notice } from "../components/feedback";
import { Field } from "../components/form";
import { get, wordsOf } from "../lib/api";
import { count, counted } from "../lib/format";
import type { List } from "../types";
import type { Kind } from "../uploader/types";
import type { Meter } from "../usage/types";
import { cellText } from "./cells";
import { convert, csvFiles } from "./convert";
import { guessForms, guessHeader, guessPlan } from "./guess";
import { KeptColumns, PlanFields, problemOf } from "./plan-fields";
import { Preview } from "./preview";
import { readSheets } from "./read";
import { forget, recall, remember } from "./remembered";
import type { Cell, MeterKeys, Plan, Sheet } from "./types";

export interface Props {
  file: File;
  kind: Kind;
  /** called with the strict CSV files */
  done: (files: File[]) => void;
  close: () => void;
}

/** The step that says which column of a foreign file is which. Nothing is sent before. */
export function MatchColumns(props: Props) {
  const [opened, setOpened] = useState<{ sheets: Sheet[]; meters: MeterKeys[] } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    Promise.all([readSheets(props.file), props.kind === "usage" ? activeMeters() : []]).then(
      ([sheets, meters]) => setOpened({ sheets, meters }),
      setFailure,
    );
  }, []);
  if (failure !== null) {
    return (
      <Notice kind="bad">
        <p role="alert">{wordsOf(failure)}</p>
        <button type="button" onClick={props.close}>
          Close
        </button>
      </Notice>
    );
  }
  if (opened === null) return <p class="weak">Reading the file…</p>;
  return <Matching {...props} {...opened} />;
}

const PAGE = 100;

async function activeMeters(): Promise<MeterKeys[]> {
  const found: Meter[] = [];
  for (let more = true; more; ) {
    const page: List<Meter> = await get("v1/billing/meters", {
      status: "active",
      limit: PAGE,
      starting_after: found.at(-1)?.id,
    });
    found.push(...page.data);
    more = page.has_more;
  }
  return found.map(({ event_name, display_name, customer_mapping, value_settings }) => ({
    event_name,
    display_name,
    customer: customer_mapping.event_payload_key,
    value: value_settings.event_payload_key,
  }));
}

function Matching({
  file,
  kind,
  done,
  close,
  sheets,
  meters,
}: Props & { sheets: Sheet[]; meters: MeterKeys[] }) {
  const [{ at, plan, isRecalled }, setState] = useState(() => begin(largest(sheets), null));
  const [tried, setTried] = useState(false);

  /** Guess the plan of a worksheet, or take the one of the last time. */
  function begin(sheet: number, header: number | null, again = false) {
    const all = sheets[sheet]?.rows ?? [];
    const row = header ?? guessHeader(all);
    const { names, rows } = tableAt(all, row);
    const isMeter = (name: string) => meters.some(({ event_name }) => event_name === name);
    const last = again ? null : recall(kind, names, isMeter);
    const plan = last ?? guessPlan(kind, names, rows, meters);
    return { at: { sheet, header: row }, plan, isRecalled: last !== null };
  }
  const restart = (sheet: number, header: number | null, again = false) => {
    setState(begin(sheet, header, again));
  };

  const sheet = sheets[at.sheet];
  // A file can have 100,000 rows.
  const { names, rows } = useMemo(() => tableAt(sheet?.rows ?? [], at.header), [at]);
  const { problem, made } = useMemo(() => {
    const problem = problemOf(plan, rows);
    return { problem, made: problem === null ? convert(plan, names, rows, meters) : null };
  }, [plan, rows]);
  const change = (changes: Partial<Plan>) => {
    const columns = changes.columns ?? plan.columns;
    const moved = (["time", "value"] as const).filter(
      (role) => columns[role] !== plan.columns[role],
    );
    const forms = guessForms(columns, rows);
    setState({
      at,
      isRecalled: false,
      plan: {
        ...plan,
        ...(moved.includes("time") ? { time: forms.time } : {}),
        ...(moved.includes("value") ? { numbers: forms.numbers } : {}),
        ...changes,
      },
    });
  };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (made === null || made.rows.length === 0) return;
    remember(plan, names);
    const base = file.name.replace(/\.(xlsx|xlsm|csv|tsv|txt)$/i, "");
    done(csvFiles(made, sheets.length > 1 ? `${base} ${sheet?.name}` : base));
  };

  return (
    <form class="matching" onSubmit={submit} aria-label={`Columns of ${file.name}`}>
      <h4>Match columns</h4>
      {isRecalled && (
        <Notice>
          <p>The columns are matched as the last time.</p>
          <button
            type="button"
            onClick={() => {
              forget(kind, names);
              restart(at.sheet, at.header, true);
            }}
          >
            Start over
          </button>
        </Notice>
      )}
      {sheet?.notes.map((note) => (
        <Notice key={note} kind="warn">
          {note}
        </Notice>
      ))}
      <div class="match-fields">
        {sheets.length > 1 && (
          <Field label="Worksheet">
            {(attributes) => (
              <select
                {...attributes}
                value={at.sheet}
                onChange={(event) => restart(Number(event.currentTarget.value), null)}
              >
                {sheets.map(({ name }, index) => (
                  <option key={name} value={index}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label="Row with the column names">
          {(attributes) => (
            <input
              {...attributes}
              type="number"
              min={1}
              max={sheet?.rows.length}
              value={at.header + 1}
              onChange={(event) => {
                const row = event.currentTarget.valueAsNumber;
                if (row >= 1 && row <= (sheet?.rows.length ?? 0)) restart(at.sheet, row - 1);
              }}
            />
          )}
        </Field>
      </div>
      <div class="match-fields">
        <PlanFields plan={plan} names={names} rows={rows} meters={meters} change={change} />
      </div>
      {kind === "usage" && <KeptColumns plan={plan} names={names} change={change} />}
      {problem !== null && (
        <p class={tried ? "field-error" : "hint"} role={tried ? "alert" : undefined}>
          {problem}
        </p>
      )}
      {made !== null && <Preview made={made} />}
      {made !== null && <p class="hint">{leftOut(plan, names, made.empty)}</p>}
      {made !== null && made.repeated > 0 && (
        <Notice kind="warn">
          {counted(made.repeated, "time")} can be before or after the clock was set back. They are
          sent as before.
        </Notice>
      )}
      <div class="form-actions">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="primary">
          {made === null
            ? "Use these columns"
            : `Use these columns for ${counted(made.rows.length, "row")}`}
        </button>
      </div>
    </form>
  );
}

/** Return the position of the worksheet with the most rows. Others are often a cover or a summary. */
function largest(sheets: Sheet[]) {
  const sizes = sheets.map(({ rows }) => rows.length);
  return sizes.indexOf(Math.max(...sizes));
}

/** Return the names and the rows of a table whose header is in a row. Columns without a name have their letters. */
function tableAt(all: Cell[][], header: number) {
  const rows = all.slice(header + 1);
  const width = rows.reduce((most, row) => Math.max(most, row.length), all[header]?.length ?? 0);
  const names = Array.from({ length: width }, (_, column) => {
    const name = cellText(all[header]?.[column]).replace(/\s+/g, " ").trim();
    return name || `Column ${letters(column)}`;
  });
  return { names, rows };
}

function letters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : letters(Math.floor(column / 26) - 1) + last;
}

/** Say what isn't sent. */
function leftOut({ columns, kept }: Plan, names: string[], empty: number) {
  const used = [...Object.values(columns), ...kept];
  const columnsLeft = names.filter((_, column) => !used.includes(column));
  const left = [
    ...(columnsLeft.length > 0
      ? [`${columnsLeft.length === 1 ? "the column" : "the columns"} ${columnsLeft.join(", ")}`]
      : []),
    ...(empty > 0 ? [`${count(empty)} empty ${empty === 1 ? "row" : "rows"}`] : []),
  ];
  return left.length === 0 ? "Every column is sent." : `Not sent: ${left.join("; ")}.`;
}
