import { signal } from "@preact/signals";
import type { Meter } from "../usage/types";
import { checkTime, checkValue, type Problem } from "./checks";
import { content, type Table, written } from "./error-file";

/** A problem of one row. */
export interface Issue {
  /** Position of its column, -1 if the file has no such column. */
  column: number;
  /** The column's name, empty for the whole row. */
  field: string;
  code: string;
  kind: string | null;
  value: string;
  words: string;
  /** Whether the server refused it. Otherwise it is a hint. */
  isServer: boolean;
}

/** A refused row. */
export interface Row {
  number: number;
  /** Its cells as in the error file. */
  readonly cells: string[];
  /** Its cells as the server last refused them. */
  refused: string[];
  issues: Issue[];
  state: "open" | "sending" | "counted";
  leftOut: boolean;
}

/** One cell and its new text. */
export interface Change {
  row: Row;
  column: number;
  text: string;
}

/** Takes a step back. Returns whether it changed many rows. */
type Undo = () => boolean;

const ERROR_COLUMNS = ["upload", "row_number", "error_code", "error_field", "error_message"];
const NO_CUSTOMER = "meter_event_customer_not_found";
const OF_IDENTIFIERS = [
  "field_invalid",
  "field_too_long",
  "identifier_conflict",
  "identifier_changed",
];

/** The refused rows of one upload with their corrections. They exist only in the memory of this tab. */
export class Corrections {
  /** Increases with each change. */
  readonly version = signal(0);
  /** Increases if many rows change, so that a filter applies again. */
  round = 0;
  readonly rows: Row[];
  /** Positions of the columns that people see. */
  readonly columns: number[];
  /** The note about refused rows that the error file doesn't list. */
  readonly note: string;
  readonly table: Omit<Table, "rows">;
  /** Customers that were registered after the rows were refused. */
  readonly registered = new Set<string>();
  readonly #meters: Map<string, Meter> | null;
  readonly #unknownCustomers = new Set<string>();
  readonly #at: Record<string, number>;
  #undo: Undo[] = [];

  /**
   * @param counted numbers of rows that later files have counted
   * @param meters null if they are unknown
   */
  constructor({ rows, ...table }: Table, counted: Set<number>, meters: Meter[] | null) {
    this.table = table;
    this.#at = Object.fromEntries(table.names.map((name, at) => [name, at]));
    this.#meters = meters && new Map(meters.map((meter) => [meter.event_name, meter]));
    this.columns = table.names.flatMap((name, at) => (ERROR_COLUMNS.includes(name) ? [] : [at]));
    const numbered = rows.map((cells) => ({
      number: Number(this.#cell(cells, "row_number")),
      cells,
    }));
    this.note = numbered
      .filter(({ number }) => !number)
      .map(({ cells }) => this.#cell(cells, "error_message"))
      .join(" ");
    this.rows = numbered
      .filter(({ number }) => number > 0 && !counted.has(number))
      .map(({ number, cells }) => ({
        number,
        cells,
        refused: [...cells],
        issues: [],
        state: "open",
        leftOut: false,
      }));
    for (const { cells } of this.rows) {
      const at = this.#position(this.#cell(cells, "error_field"));
      if (this.#cell(cells, "error_code") === NO_CUSTOMER && at >= 0)
        this.#unknownCustomers.add(content(cells[at] ?? ""));
    }
    for (const row of this.rows) row.issues = this.#issuesOf(row);
  }

  /** Rows that aren't counted yet. */
  get open(): Row[] {
    return this.rows.filter(({ state }) => state !== "counted");
  }

  /** Rows to send: each wrong cell was changed, or its customer was registered. */
  get ready(): Row[] {
    return this.open.filter((row) => this.isReady(row));
  }

  /** Changed rows that weren't sent, also those with another problem. */
  get unsent(): Row[] {
    return this.open.filter((row) => row.state === "open" && this.isChanged(row));
  }

  /** The last column of the original file. */
  get lastColumn(): number {
    const { names } = this.table;
    return this.columns.findLast((at) => names[at] !== "" && names[at] !== "identifier") ?? 0;
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  isReady(row: Row): boolean {
    const isBlank = this.columns.every((at) => content(row.cells[at] ?? "") === "");
    return (
      row.state === "open" &&
      !row.leftOut &&
      !isBlank &&
      // A cell that someone changed can be sent against a hint.
      row.issues.every(
        ({ isServer, column }) => !isServer && row.cells[column] !== row.refused[column],
      )
    );
  }

  isChanged(row: Row): boolean {
    return this.columns.some((at) => row.cells[at] !== row.refused[at]);
  }

  /** Return whether a cell may be changed. An identifier tells which row it is, so only a refused one may. */
  isEditable(row: Row, column: number): boolean {
    if (row.state !== "open") return false;
    if (this.table.names[column] !== "identifier") return true;
    const code = this.#cell(row.cells, "error_code");
    const field = this.#cell(row.cells, "error_field");
    return OF_IDENTIFIERS.includes(code) && (field === "identifier" || !code.startsWith("field"));
  }

  /** Change cells, as one step to undo. Cells that already have this content stay as they are. */
  change(changes: Change[]) {
    const before: [Row, number, string][] = [];
    for (const { row, column, text } of changes) {
      const cell = row.cells[column] ?? "";
      if (content(cell) === text || !this.isEditable(row, column)) continue;
      before.push([row, column, cell]);
      row.cells[column] = written(text);
      row.issues = this.#issuesOf(row);
    }
    if (before.length === 0) return;
    this.#undo.push(() => {
      for (const [row, column, cell] of before) {
        row.cells[column] = cell;
        row.issues = this.#issuesOf(row);
      }
      return changes.length > 1;
    });
    this.#changed(changes.length > 1);
  }

  /** Leave rows out, or take them in again. */
  leaveOut(rows: Row[], leftOut: boolean) {
    for (const row of rows) row.leftOut = leftOut;
    this.#undo.push(() => {
      for (const row of rows) row.leftOut = !leftOut;
      return true;
    });
    this.#changed(true);
  }

  undo() {
    this.#changed(this.#undo.pop()?.() ?? false);
  }

  /** Note that customers are registered now. */
  register(ids: Iterable<string>) {
    for (const id of ids) this.registered.add(id);
    for (const row of this.open) row.issues = this.#issuesOf(row);
    this.#changed(true);
  }

  sending(rows: Row[]) {
    for (const row of rows) row.state = "sending";
    this.#undo = []; // what is sent can't be taken back
    this.#changed(true);
  }

  /**
   * Note the result of rows that were sent.
   *
   * @param errors code, field and message of those that were refused, by position; null if nothing is known
   */
  settle(rows: Row[], errors: Map<number, Record<string, string>> | null) {
    for (const [at, row] of rows.entries()) {
      const error = errors?.get(at);
      row.state = errors === null || error !== undefined ? "open" : "counted";
      if (error === undefined) continue;
      for (const [name, cell] of Object.entries(error)) row.cells[this.#at[name] ?? 0] = cell;
      row.refused = [...row.cells];
      if (content(error.error_code ?? "") === NO_CUSTOMER) {
        const column = this.#position(content(error.error_field ?? ""));
        this.registered.delete(content(row.cells[column] ?? ""));
        this.#unknownCustomers.add(content(row.cells[column] ?? ""));
      }
    }
    for (const row of this.open) row.issues = this.#issuesOf(row);
    this.#changed(true);
  }

  #changed(isMany: boolean) {
    if (isMany) this.round++;
    this.version.value++;
  }

  #cell(cells: string[], name: string) {
    return content(cells[this.#at[name] ?? -1] ?? "");
  }

  /** Return the position of a column that the file itself has. The nameless last column has the cells beyond them. */
  #position(field: string) {
    const at = this.#at[field] ?? -1;
    return ERROR_COLUMNS.includes(field) ? -1 : at;
  }

  /** Return all problems of a row. Where the server has validated a cell, only its result counts. */
  #issuesOf(row: Row): Issue[] {
    const server = this.#serverIssue(row);
    // Without its columns, nothing can be said about the other cells.
    if (server?.code === "field_count_mismatch") return [server];
    const hints = this.#hints(row).filter(({ column }) => column !== server?.column);
    return server === null ? hints : [server, ...hints];
  }

  #serverIssue(row: Row): Issue | null {
    const { cells, refused } = row;
    const field = this.#cell(cells, "error_field");
    const column = this.#position(field);
    const isSame = column < 0 ? !this.isChanged(row) : cells[column] === refused[column];
    if (!isSame) return null;
    const code = this.#cell(cells, "error_code");
    const value = column < 0 ? "" : content(cells[column] ?? "");
    if (code === NO_CUSTOMER && this.registered.has(value)) return null;
    const hint = this.#check(row, column);
    const words = reasonIn(this.#cell(cells, "error_message"), field, this.table.names);
    return {
      column,
      field,
      code,
      // Each such row has other extra cells, but the same problem.
      kind: code === "field_count_mismatch" ? "cells" : hint?.code === code ? hint.kind : null,
      value,
      words: words || (hint ? `“${value}” ${hint.words}.` : ""),
      isServer: true,
    };
  }

  #hints(row: Row): Issue[] {
    return this.columns.flatMap((column) => {
      const problem = this.#check(row, column);
      if (problem === null) return [];
      const value = content(row.cells[column] ?? "");
      const words = `${value === "" ? "The value" : `“${value}”`} ${problem.words}.`;
      const field = this.table.names[column] ?? "";
      return [{ ...problem, column, field, value, words, isServer: false }];
    });
  }

  /** Check one cell by what is known here. */
  #check(row: Row, column: number): Problem | null {
    const name = this.table.names[column];
    const text = content(row.cells[column] ?? "");
    if (name === "timestamp") return checkTime(text);
    const eventName = this.#cell(row.cells, "event_name");
    const meter = this.#meters?.get(eventName);
    if (name === "event_name") return this.#checkMeter(eventName, meter);
    if (meter === undefined) return null;
    if (name === `payload_${meter.value_settings.event_payload_key}`) {
      const isOptional = meter.default_aggregation.formula === "count" && text === "";
      return isOptional ? null : checkValue(text, this.table.delimiter === ";");
    }
    if (name !== `payload_${meter.customer_mapping.event_payload_key}`) return null;
    if (text === "")
      return { code: "meter_event_no_customer_defined", kind: null, words: "is missing" };
    if (!this.#unknownCustomers.has(text) || this.registered.has(text)) return null;
    return { code: NO_CUSTOMER, kind: null, words: "isn't a registered customer" };
  }

  #checkMeter(eventName: string, meter: Meter | undefined): Problem | null {
    if (this.#meters === null) return null;
    if (eventName === "") return { code: "event_name_missing", kind: null, words: "is missing" };
    if (meter === undefined) return { code: "no_meter", kind: null, words: "isn't a meter" };
    if (meter.status === "active") return null;
    return { code: "archived_meter", kind: null, words: "is a deactivated meter" };
  }

  /** All meters, empty if they are unknown. */
  get meters(): Meter[] {
    return [...(this.#meters?.values() ?? [])];
  }
}

/** Return what a message says about one column. Later rows with the same error have a message without a reason. */
function reasonIn(message: string, field: string, names: string[]) {
  if (message === "See earlier rows.") return "";
  if (field === "") return message;
  if (!message.startsWith(`${field}: `)) return message;
  const rest = message.slice(field.length + 2);
  const ends = names.map((name) => rest.indexOf(` ${name}: `)).filter((at) => at >= 0);
  return rest.slice(0, Math.min(rest.length, ...ends));
}
