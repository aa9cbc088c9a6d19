import { useMemo, useState } from "preact/hooks";
import { announce } from "../components/feedback";
import { Field } from "../components/form";
import { CustomerPicker } from "../customers/picker";
import { withPart } from "../customers/search";
import type { Customer } from "../customers/types";
import { counted, ZONE } from "../lib/format";
import { useQuery } from "../lib/use-query";
import type { Corrections, Row } from "./corrections";
import { content } from "./error-file";
import { type Fix, nearest, needsZone, timeFixes, valueFixes, type Zone } from "./fixes";
import type { Group } from "./groups";

const CUSTOMER = ["meter_event_customer_not_found", "meter_event_no_customer_defined"];
const METER = ["no_meter", "archived_meter", "event_name_missing"];
const AT_MOST = 3; // suggestions

/** The corrections that apply to all cells of a group. */
export function Fixes({ corrections, group }: { corrections: Corrections; group: Group }) {
  const { issue, rows } = group;
  const isCustomer = CUSTOMER.includes(issue.code);
  /** Change the cells for which `textOf` returns a text. */
  const apply = (textOf: (text: string) => string | null) => {
    const changes = rows.flatMap((row) => {
      const text = textOf(content(row.cells[issue.column] ?? ""));
      return text === null ? [] : [{ row, column: issue.column, text }];
    });
    corrections.change(changes);
    announce(`${counted(changes.length, "cell")} changed.`);
  };
  const isRefusedIdentifier = issue.field === "identifier";
  if (issue.code === "field_count_mismatch")
    return <ExtraCells corrections={corrections} group={group} />;
  return (
    <>
      <Conversions corrections={corrections} group={group} apply={apply} />
      {isCustomer && issue.value !== "" && (
        <CustomerSuggestions value={issue.value} choose={(id) => apply(() => id)} />
      )}
      {METER.includes(issue.code) && <MeterSuggestions {...{ corrections, group, apply }} />}
      {!isRefusedIdentifier && (
        <Replace group={group} isCustomer={isCustomer} replace={(text) => apply(() => text)} />
      )}
    </>
  );
}

/**
 * Corrections of rows with more cells than the header. Often it is a number with a decimal comma in a file with commas.
 */
function ExtraCells({
  corrections,
  group: { issue, rows },
}: {
  corrections: Corrections;
  group: Group;
}) {
  const before = corrections.lastColumn;
  const joined = (row: Row) => {
    const [whole = "", fraction = ""] = [before, issue.column].map((at) =>
      content(row.cells[at] ?? ""),
    );
    return /^[+-]?\d+$/.test(whole) && /^\d{1,12}$/.test(fraction) ? `${whole}.${fraction}` : null;
  };
  const example = rows.map(joined).find((text) => text !== null);
  const join = () =>
    corrections.change(
      rows.flatMap((row) => {
        const text = joined(row);
        return text === null
          ? []
          : [
              { row, column: before, text },
              { row, column: issue.column, text: "" },
            ];
      }),
    );
  const empty = () =>
    corrections.change(rows.map((row) => ({ row, column: issue.column, text: "" })));
  return (
    <div class="conversions">
      {example && (
        <div class="conversion">
          <button type="button" onClick={join}>
            Join as a decimal number
          </button>
          <span class="hint">
            <code>{corrections.table.names[before]}</code> becomes <code>{example}</code>
          </span>
        </div>
      )}
      <button type="button" onClick={empty}>
        Remove the extra cells
      </button>
    </div>
  );
}

/** Buttons that convert each cell of a group, with an example and the number of cells that they fit. */
function Conversions({
  corrections,
  group: { issue, rows },
  apply,
}: {
  corrections: Corrections;
  group: Group;
  apply: (textOf: (text: string) => string | null) => void;
}) {
  const [zone, setZone] = useState<Zone>("UTC");
  const hasSemicolons = corrections.table.delimiter === ";";
  const isTime = issue.code === "timestamp_invalid";
  const fitting = useMemo(() => {
    const texts = rows.map((row) => content(row.cells[issue.column] ?? ""));
    const fixes = isTime
      ? timeFixes(issue.kind)
      : issue.code === "meter_event_invalid_value"
        ? valueFixes(issue.kind, hasSemicolons)
        : [];
    return fixes
      .map((fix) => {
        const fits = texts.filter((text) => fix.apply(text, zone) !== null);
        return {
          fix,
          count: fits.length,
          example: fits[0] ?? "",
          needs: fits.some((text) => needsZone(fix, text)),
        };
      })
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
  }, [rows, zone]);
  if (fitting.length === 0) return null;
  return (
    <div class="conversions">
      {isTime && fitting.some(({ needs }) => needs) && (
        <Field label="Times without a time zone are in">
          {(attributes) => (
            <select
              {...attributes}
              value={zone}
              onChange={(event) => setZone(event.currentTarget.value as Zone)}
            >
              <option value="UTC">UTC</option>
              <option value="local">{ZONE}</option>
            </select>
          )}
        </Field>
      )}
      {fitting.map(({ fix, count, example }) => (
        <Conversion
          key={fix.label}
          {...{ fix, count, example, zone }}
          all={rows.length}
          act={() => apply((text) => fix.apply(text, zone))}
        />
      ))}
    </div>
  );
}

function Conversion({
  fix,
  count,
  all,
  example,
  zone,
  act,
}: {
  fix: Fix;
  count: number;
  all: number;
  example: string;
  zone: Zone;
  act: () => void;
}) {
  const rows = counted(all, "row");
  const fits = count < all ? `${count} of ${rows}` : all === 1 ? rows : `all ${rows}`;
  return (
    <div class="conversion">
      <button type="button" onClick={act}>
        {fix.label}
      </button>
      <span class="hint">
        Fits {fits}. <code>{example}</code> becomes <code>{fix.apply(example, zone)}</code>
      </span>
    </div>
  );
}

function MeterSuggestions({
  corrections,
  group: { issue },
  apply,
}: {
  corrections: Corrections;
  group: Group;
  apply: (textOf: () => string) => void;
}) {
  const active = corrections.meters.filter(({ status }) => status === "active");
  const found = nearest(issue.value, active, (meter) => [meter.event_name, meter.display_name]);
  return (
    <Suggestions
      found={found.map(({ event_name, display_name }) => [event_name, display_name])}
      choose={(text) => apply(() => text)}
    />
  );
}

/** Customers whose ID, name, or email address is like a value. */
function CustomerSuggestions({ value, choose }: { value: string; choose: (id: string) => void }) {
  const { answer } = useQuery<Customer[]>("likely customers", (signal) => likely(value, signal), [
    value,
  ]);
  return (
    <Suggestions
      found={(answer ?? []).map(({ id, name, email }) => [id, name ?? email ?? ""])}
      choose={choose}
    />
  );
}

function Suggestions({
  found,
  choose,
}: {
  /** texts and their descriptions */
  found: [string, string][];
  choose: (text: string) => void;
}) {
  if (found.length === 0) return null;
  return (
    <div class="actions suggestions">
      {found.slice(0, AT_MOST).map(([text, about]) => (
        <button key={text} type="button" onClick={() => choose(text)}>
          Replace with {text}
          {about !== "" && about !== text && <span class="weak"> {about}</span>}
        </button>
      ))}
    </div>
  );
}

const PIECE = 4; // characters; a slip leaves another piece intact
const MATCHES = 100; // for each piece

/**
 * Search all customers by pieces of a value, because the search finds parts of IDs, names, and email addresses. Return
 * those that are nearest to it.
 */
async function likely(value: string, signal: AbortSignal): Promise<Customer[]> {
  const bare = value.replace(/^cus_/, "");
  const size = Math.max(PIECE, Math.ceil(bare.length / 3));
  const pieces: string[] = [];
  for (let at = 0; at < bare.length; at += size) pieces.push(bare.slice(at, at + size));
  // Each piece by itself, because one that many customers have would hide those that have another one.
  const found = await Promise.allSettled(
    pieces
      .filter((piece) => piece.length >= Math.min(3, bare.length))
      .slice(0, 3)
      .map((piece) => withPart(piece, MATCHES, signal)),
  );
  const customers = found.flatMap((each) => (each.status === "fulfilled" ? each.value.data : []));
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  return nearest(value, [...byId.values()], ({ id, name, email }) => [
    id,
    id.replace(/^cus_/, ""),
    name,
    email,
  ]);
}

/** The form that sets all cells of a group to one text. */
function Replace({
  group: { issue, rows, key },
  isCustomer,
  replace,
}: {
  group: Group;
  isCustomer: boolean;
  replace: (text: string) => void;
}) {
  const label = issue.value === "" || issue.kind !== null ? "Set all to" : "Replace all with";
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("replacement") ?? "").trim();
    if (text !== "") replace(text);
  };
  return (
    <form class="replace" key={key} onSubmit={submit}>
      {isCustomer ? (
        <CustomerPicker label={label} name="replacement" />
      ) : (
        <Field label={label}>
          {(attributes) => <input {...attributes} name="replacement" autocomplete="off" />}
        </Field>
      )}
      <button type="submit">Replace {counted(rows.length, "cell")}</button>
    </form>
  );
}
