import { useMemo } from "preact/hooks";
import { Field } from "../components/form";
import { counted } from "../lib/format";
import { cellText, columnOf, repeats } from "./cells";
import { ROLES } from "./guess";
import { guessNumbers } from "./numbers";
import { FORMS, guessTime, needsZone } from "./times";
import type { Cell, MeterKeys, NumberForm, Plan, Role, TimeForm } from "./types";

interface Props {
  plan: Plan;
  names: string[];
  rows: Cell[][];
  meters: MeterKeys[];
  change: (changes: Partial<Plan>) => void;
}

const LABELS: Record<Role, string> = {
  time: "Time of the usage",
  customer: "Customer ID",
  value: "Value",
  meter: "Meter",
  identifier: "Identifier of the row (optional)",
  id: "Customer ID",
  name: "Name (optional)",
  email: "Email address (optional)",
};
const REQUIRED: Role[] = ["time", "customer", "id"];
const TIME_FORMS: Record<TimeForm, string> = {
  as_is: "As it is: 2024-09-25T14:30:00Z, or epoch seconds",
  ymd: "Year, month, day: 2024-09-25 14:30",
  dmy: "Day, month, year: 25.09.2024 14:30",
  mdy: "Month, day, year: 9/25/2024 2:30 PM",
  serial: "Day number of a spreadsheet: 45560.604",
  milliseconds: "Epoch milliseconds: 1727274600000",
};
const NUMBER_FORMS: Record<NumberForm, string> = {
  point: "Decimal point: 1,234.5",
  comma: "Decimal comma: 1.234,5",
};
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Return what still has to be chosen, or null. */
export function problemOf(plan: Plan, rows: Cell[][]): string | null {
  const { kind, columns, time, zone, numbers, meter } = plan;
  const lacking = ROLES[kind].find(
    (role) => REQUIRED.includes(role) && columns[role] === undefined,
  );
  if (lacking !== undefined) return `Choose the column of: ${LABELS[lacking]}.`;
  if (kind === "customers") return null;
  if (columns.meter === undefined && meter === "")
    return "Choose the meter, or the column that names it.";
  if (time === null) return "Choose how the file writes times. Day and month could be either.";
  if (needsZone(columnOf(rows, columns.time), time) && zone === "")
    return "Choose the time zone of the times in the file.";
  if (columns.value !== undefined && numbers === null)
    return "Choose how the file writes numbers. The comma or point could be either.";
  return null;
}

/** The fields of a plan: a column for each role, and how the file writes times and numbers. */
export function PlanFields(props: Props) {
  const { plan, rows } = props;
  const { columns } = plan;
  const times = useMemo(() => columnOf(rows, columns.time), [rows, columns.time]);
  const timesMatter = useMemo(() => guessTime(times).matters, [times]);
  const zoneMatters = useMemo(() => needsZone(times, plan.time), [times, plan.time]);
  const numbersMatter = useMemo(
    () => guessNumbers(columnOf(rows, columns.value)).matters,
    [rows, columns.value],
  );
  return ROLES[plan.kind].map((role) => (
    <div key={role} class="match-role">
      {role === "meter" ? <MeterField {...props} /> : <ColumnField {...props} role={role} />}
      {role === "time" && columns.time !== undefined && timesMatter && (
        <Choice
          label="How times are written"
          value={plan.time}
          options={FORMS.map((form) => [form, TIME_FORMS[form]])}
          choose={(time) => props.change({ time })}
        />
      )}
      {role === "time" && zoneMatters && (
        <Choice
          label="Time zone of the file"
          value={plan.zone || null}
          options={[...new Set(["UTC", OWN_ZONE, ...ZONES])].map((zone) => [zone, zone])}
          choose={(zone) => props.change({ zone })}
        />
      )}
      {role === "value" && numbersMatter && (
        <Choice
          label="How numbers are written"
          value={plan.numbers}
          options={(["point", "comma"] as const).map((form) => [form, NUMBER_FORMS[form]])}
          choose={(numbers) => props.change({ numbers })}
        />
      )}
    </div>
  ));
}

/** A choice that may have no value yet. */
function Choice<Value extends string>({
  label,
  value,
  options,
  choose,
}: {
  label: string;
  value: Value | null;
  options: [Value, string][];
  choose: (value: Value) => void;
}) {
  const find = (text: string) => options.find(([option]) => option === text)?.[0];
  return (
    <Field label={label}>
      {(attributes) => (
        <select
          {...attributes}
          value={value ?? ""}
          onChange={(event) => {
            const chosen = find(event.currentTarget.value);
            if (chosen !== undefined) choose(chosen);
          }}
        >
          {value === null && <option value="">Choose…</option>}
          {options.map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function ColumnField({ role, plan, names, rows, change }: Props & { role: Role }) {
  const position = plan.columns[role];
  const choose = (text: string) => {
    const { [role]: _, ...others } = plan.columns;
    change({ columns: text === "" ? others : { ...others, [role]: Number(text) } });
  };
  return (
    <Field label={LABELS[role]} hint={hintOf(role, columnOf(rows, position))}>
      {(attributes) => (
        <select
          {...attributes}
          value={position ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{REQUIRED.includes(role) ? "Choose…" : "No column"}</option>
          <Columns names={names} prefix="" />
        </select>
      )}
    </Field>
  );
}

/** @param cells of the chosen column */
function hintOf(role: Role, cells: Cell[]) {
  if (role === "identifier" && repeats(cells) > 0)
    return `${counted(repeats(cells), "row")} have the identifier of an earlier row. Rows with the same identifier count once.`;
  const example = cells.map((cell) => cellText(cell).trim()).find((text) => text !== "");
  return example === undefined ? undefined : `For example: ${example.slice(0, 40)}`;
}

function Columns({ names, prefix }: { names: string[]; prefix: string }) {
  return names.map((name, position) => (
    <option key={position} value={`${prefix}${position}`}>
      {name}
    </option>
  ));
}

const COLUMN = "column ";
const METER = "meter ";

/** One meter for all rows, or the column that names it. */
function MeterField({ plan, names, meters, change }: Props) {
  const { columns, meter } = plan;
  const value =
    meter !== "" ? METER + meter : columns.meter === undefined ? "" : COLUMN + columns.meter;
  const choose = (text: string) => {
    const { meter: _, ...others } = columns;
    change(
      text.startsWith(METER)
        ? { columns: others, meter: text.slice(METER.length) }
        : {
            columns: text === "" ? others : { ...others, meter: Number(text.slice(COLUMN.length)) },
            meter: "",
          },
    );
  };
  return (
    <Field label={LABELS.meter}>
      {(attributes) => (
        <select
          {...attributes}
          value={value}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">Choose…</option>
          <optgroup label="One meter for all rows">
            {meters.map(({ event_name, display_name }) => (
              <option key={event_name} value={METER + event_name}>
                {display_name} ({event_name})
              </option>
            ))}
          </optgroup>
          <optgroup label="The column that names the meter">
            <Columns names={names} prefix={COLUMN} />
          </optgroup>
        </select>
      )}
    </Field>
  );
}

/** The other columns, which can be stored with each event. */
export function KeptColumns({ plan, names, change }: Pick<Props, "plan" | "names" | "change">) {
  const used = Object.values(plan.columns);
  const others = names
    .map((name, position) => ({ name, position }))
    .filter(({ position }) => !used.includes(position));
  if (others.length === 0) return null;
  const toggle = (position: number) =>
    change({
      kept: plan.kept.includes(position)
        ? plan.kept.filter((each) => each !== position)
        : [...plan.kept, position].sort((a, b) => a - b),
    });
  return (
    <fieldset class="kept">
      <legend>Store with each event</legend>
      {others.map(({ name, position }) => (
        <label key={position}>
          <input
            type="checkbox"
            checked={plan.kept.includes(position)}
            onChange={() => toggle(position)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
