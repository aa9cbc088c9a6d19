import { get } from "../lib/api";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { List, Total } from "../types";
import type { Meter } from "./types";

/** The newest meters, which name the totals of uploads. Empty while they are loading. */
export function useMeterNames(): Meter[] {
  const { answer } = useQuery<List<Meter>>(
    (signal) => get("v1/billing/meters", { limit: 100 }, { signal }),
    [],
  );
  return answer?.data ?? [];
}

/** The meter of a total, as a link to its usage on the days of these events. */
export function TotalLink({ total, meters }: { total: Total; meters: Meter[] }) {
  const { event_name, first_timestamp: first, last_timestamp: last } = total;
  const meter = meters.find((each) => each.event_name === event_name);
  if (meter === undefined) return event_name;
  const days =
    first === null || last === null ? {} : { period: "dates", from: day(first), to: day(last) };
  return <a href={href(["meters", meter.id], days)}>{meter.display_name}</a>;
}

/** @param seconds since the epoch */
function day(seconds: number) {
  return new Date(seconds * 1000).toISOString().slice(0, "2024-09-01".length);
}
