import { get, pathPart } from "../lib/api";
import type { List } from "../types";
import { DAY } from "./period";
import type { Grouping, Span, Summary } from "./types";

/** Totals of a meter's events, from the API. */

const PAGE = 100;

/**
 * @param meter an id
 * @param customer an ID, or "" for all customers
 */
export async function readFigure(
  meter: string,
  customer: string,
  span: Span,
  signal?: AbortSignal,
): Promise<Summary> {
  const page: List<Summary> = await get(
    path(meter),
    { customer, start_time: span.start, end_time: span.end },
    { signal },
  );
  const [summary] = page.data;
  if (summary === undefined) throw new Error("The API returned no summary. Try again.");
  return summary;
}

/**
 * Find the day of a meter's latest event. The API reads only the newest month with events for it.
 *
 * @returns `day` is its start in epoch seconds, or null if there are no events
 */
export async function readLatestDay(
  meter: string,
  customer: string,
  signal?: AbortSignal,
): Promise<{ day: number | null }> {
  const tomorrow = (Math.floor(Date.now() / 1000 / DAY) + 1) * DAY;
  const window = { start_time: 0, end_time: tomorrow, value_grouping_window: "day" };
  const page: List<Summary> = await get(path(meter), { customer, ...window, limit: 1 }, { signal });
  return { day: page.data[0]?.start_time ?? null };
}

/** @returns the parts that have events, oldest first */
export async function readSeries(
  meter: string,
  customer: string,
  span: Span,
  grouping: Grouping,
  signal?: AbortSignal,
): Promise<Summary[]> {
  const cut = grouping === "month" ? { period: "month" } : { value_grouping_window: grouping };
  const asked = { customer, start_time: span.start, end_time: span.end, ...cut, limit: PAGE };
  const found: Summary[] = [];
  for (let more = true; more; ) {
    const page: List<Summary> = await get(
      path(meter),
      { ...asked, starting_after: found.at(-1)?.id },
      { signal },
    );
    found.push(...page.data);
    more = page.has_more;
  }
  return found.filter((summary) => summary.event_count > 0).reverse();
}

function path(meter: string) {
  return `v1/billing/meters/${pathPart(meter)}/event_summaries`;
}
