import Papa from "papaparse";
import { addsUp } from "./aggregation";
import { changeOf, ratioOf, unitsOf } from "./decimals";
import type { CustomerLine, Formula } from "./types";

/** The usage of a meter by customer, from usage reports as CSV. Values stay exact; only shares and changes are rounded. */

/**
 * @param before the report that it is compared with; customers that have usage only there are included
 * @returns the greatest usage first
 */
export function customerLines(
  now: string,
  before: string | null,
  formula: Formula,
): CustomerLine[] {
  const [current, earlier] = [rowsOf(now), before === null ? null : rowsOf(before)];
  const total = addsUp(formula)
    ? [...current.values()].reduce((sum, { usage }) => sum + unitsOf(usage), 0n)
    : 0n;
  const customers = new Set([...current.keys(), ...(earlier?.keys() ?? [])]);
  const lines = [...customers].map((customer): CustomerLine => {
    const { events, usage } = current.get(customer) ?? { events: 0, usage: null };
    const units = unitsOf(usage ?? "0");
    const old = earlier?.get(customer)?.usage ?? null;
    const oldUnits = unitsOf(old ?? "0");
    return {
      customer,
      events,
      usage,
      units,
      before: old,
      difference: units - oldUnits,
      change: old === null ? null : changeOf(units, oldUnits),
      share: usage !== null && total > 0n ? ratioOf(units, total) : null,
    };
  });
  return lines.sort(descending(({ units }) => units));
}

/** Compare lines by an exact number, and equal ones by their ID. */
export function descending(of: (line: CustomerLine) => bigint) {
  return (one: CustomerLine, other: CustomerLine) => {
    const [left, right] = [of(one), of(other)];
    if (left === right) return one.customer < other.customer ? -1 : 1;
    return left > right ? -1 : 1;
  };
}

interface ReportRow {
  customer: string;
  event_count: string;
  aggregated_value: string;
}

function rowsOf(csv: string): Map<string, { events: number; usage: string }> {
  const { data } = Papa.parse<ReportRow>(csv, { header: true, skipEmptyLines: true });
  return new Map(
    data.map(({ customer, event_count, aggregated_value }) => [
      unguarded(customer),
      { events: Number(event_count), usage: aggregated_value },
    ]),
  );
}

const SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20";
const GUARD = new RegExp(`(?<=^|[,;\\t\\r\\n])'(?=["\\s\\p{Cf}]*[${SIGNS}])`, "gu");

/** Remove the apostrophes that Meterdrop writes before what a spreadsheet would run as a formula. */
function unguarded(cell: string) {
  return cell.includes("'") ? cell.replace(GUARD, "") : cell;
}
