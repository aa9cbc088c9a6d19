import { LIMIT } from "../uploader/decoding";
import { columnOf, cellText as text } from "./cells";
import { toDecimal } from "./numbers";
import { timestamps } from "./times";
import type { Cell, Converted, MeterKeys, Plan } from "./types";

/** Converts the rows of a foreign file into a strict CSV file. The server decides about each row. */

const NO_METER = { customer: "stripe_customer_id", value: "value" };
const RESERVED = ["identifier", "timestamp", "event_name"];

/**
 * @param rows below the header
 * @param names of the columns
 */
export function convert(
  plan: Plan,
  names: string[],
  rows: Cell[][],
  meters: MeterKeys[],
): Converted {
  const matched = [...Object.values(plan.columns), ...plan.kept];
  const filled = rows.filter((row) =>
    matched.some((position) => text(row[position]).trim() !== ""),
  );
  const made =
    plan.kind === "usage" ? ofUsage(plan, names, filled, meters) : ofCustomers(plan, filled);
  return { repeated: 0, ...made, empty: rows.length - filled.length };
}

function ofCustomers({ columns }: Plan, rows: Cell[][]) {
  const header = (["id", "name", "email"] as const).filter((role) => columns[role] !== undefined);
  return {
    header: [...header],
    rows: rows.map((row) => header.map((role) => text(row[columns[role] ?? -1]))),
  };
}

function ofUsage(plan: Plan, names: string[], rows: Cell[][], meters: MeterKeys[]) {
  const { columns } = plan;
  let repeated = 0;
  const toTimestamp = timestamps(
    columnOf(rows, columns.time),
    plan.time ?? "as_is",
    plan.zone,
    () => {
      repeated++;
    },
  );
  const meterOf = (row: Cell[]) => meterNamed(plan.meter || text(row[columns.meter ?? -1]), meters);
  const used = [...new Set(plan.meter ? [plan.meter] : rows.map(meterOf))].map((event) =>
    keysOf(event, meters),
  );
  const taken = new Set(used.flatMap(({ customer, value }) => [customer, value]));
  const payload = [...taken].map((key) => `payload_${key}`);
  // A file with the columns of several meters has the cells of each meter there.
  const positionOf = (role: "customer" | "value", key: string) => {
    const chosen = columns[role] ?? -1;
    const own = names[chosen]?.startsWith("payload_") ? names.indexOf(`payload_${key}`) : -1;
    return own >= 0 ? own : chosen;
  };
  const positions = new Set(
    used.flatMap(({ customer, value }) => [
      positionOf("customer", customer),
      positionOf("value", value),
    ]),
  );
  const kept = keptNames(
    plan.kept.filter((position) => !positions.has(position)),
    names,
    taken,
  );
  const hasIdentifier = columns.identifier !== undefined;
  const header = [
    ...["timestamp", "event_name", ...payload],
    ...(hasIdentifier ? ["identifier"] : []),
    ...kept.values(),
  ];
  const converted = rows.map((row) => {
    const event = meterOf(row);
    const { customer, value } = keysOf(event, meters);
    const cells: Record<string, string> = {
      [`payload_${customer}`]: text(row[positionOf("customer", customer)]),
      [`payload_${value}`]: toDecimal(row[positionOf("value", value)] ?? "", plan.numbers),
    };
    return [
      ...[toTimestamp(row[columns.time ?? -1] ?? ""), event],
      ...payload.map((name) => cells[name] ?? ""),
      ...(hasIdentifier ? [text(row[columns.identifier ?? -1])] : []),
      ...[...kept.keys()].map((position) => onOneLine(text(row[position]))),
    ];
  });
  return { header, rows: converted, repeated };
}

/** Return the event name of a meter that a cell names by its event name or its display name. */
function meterNamed(name: string, meters: MeterKeys[]) {
  const wanted = name.trim();
  if (meters.some(({ event_name }) => event_name === wanted)) return wanted;
  const named = meters.filter(({ display_name }) => display_name === wanted);
  return named.length === 1 ? (named[0]?.event_name ?? wanted) : wanted;
}

function keysOf(event: string, meters: MeterKeys[]) {
  return meters.find(({ event_name }) => event_name === event) ?? NO_METER;
}

/** Return the names of the columns that are stored with the event, by position. Each name is unique. */
export function keptNames(
  kept: number[],
  names: string[],
  taken: ReadonlySet<string>,
): Map<number, string> {
  const found: Map<number, string> = new Map();
  const used = new Set([...taken, ...RESERVED]);
  for (const position of kept) {
    const plain = (names[position] ?? "")
      .replace(/^payload_/, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "_")
      .replace(/^_|_$/g, "")
      .slice(0, 80);
    let name = plain || "column";
    for (let number = 2; used.has(name); number++) name = `${plain || "column"}_${number}`;
    used.add(name);
    found.set(position, `payload_${name}`);
  }
  return found;
}

function onOneLine(value: string) {
  return value.replace(/\s*[\r\n]+\s*/g, " ");
}

/** Return the CSV files of converted rows: one, or several if it would be too large. */
export function csvFiles({ header, rows }: Converted, name: string): File[] {
  const encoder = new TextEncoder();
  const first = encoder.encode(record(header));
  const parts: Uint8Array<ArrayBuffer>[][] = [];
  let size = LIMIT + 1;
  for (const row of rows) {
    const line = encoder.encode(record(row));
    if (size + line.length > LIMIT) {
      parts.push([first]);
      size = first.length;
    }
    parts.at(-1)?.push(line);
    size += line.length;
  }
  const type = { type: "text/csv" };
  return parts.map((lines, index) => {
    const part = parts.length === 1 ? "" : ` (${index + 1} of ${parts.length})`;
    return new File(lines, `${name}${part}.csv`, type);
  });
}

/** Write a record as RFC 4180 says. */
function record(cells: string[]) {
  const quoted = cells.map((cell) =>
    /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(",")}\r\n`;
}
