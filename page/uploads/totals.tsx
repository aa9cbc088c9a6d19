import type { Column } from "../components/table";
import { Table } from "../components/table";
import { get } from "../lib/api";
import { count, decimal, utcTime } from "../lib/format";
import { href } from "../lib/router";
import { can } from "../lib/session";
import { useQuery } from "../lib/use-query";
import type { List, Total, Upload } from "../types";
import { dayText } from "../usage/period";
import type { Meter } from "../usage/types";

/** The totals of the counted rows, by meter. */
export function Totals({ upload }: { upload: Upload }) {
  const meters = useMeters(upload.totals);
  if (upload.totals.length === 0) return null;
  const title =
    upload.status === "reverted" ? "Totals by meter before the revert" : "Totals by meter";
  return (
    <section>
      <h2>{title}</h2>
      <Table
        caption={title}
        columns={columnsOf(upload, meters)}
        rows={upload.totals}
        id={({ event_name }: Total) => event_name}
      />
    </section>
  );
}

/** @param meters by event name; those that aren't loaded are missing */
function columnsOf(upload: Upload, meters: Map<string, Meter>): Column<Total>[] {
  return [
    {
      name: "Meter",
      heading: true,
      cell: (total) => (
        <MeterName
          total={total}
          meter={meters.get(total.event_name)}
          isStored={!upload.dry_run && upload.status !== "reverted"}
        />
      ),
    },
    { name: "Events", number: true, cell: (total) => count(total.event_count) },
    { name: "Sum of values", number: true, cell: (total) => decimal(total.value_sum) },
    { name: "First event", cell: (total) => eventTime(total.first_timestamp) },
    { name: "Last event", cell: (total) => eventTime(total.last_timestamp) },
  ];
}

/** The name of a total's meter. If its events are stored, the name links to the meter's usage on their days. */
export function MeterName({
  total,
  meter,
  isStored,
}: {
  total: Total;
  meter: Meter | undefined;
  isStored: boolean;
}) {
  if (meter === undefined) return total.event_name;
  const { first_timestamp: first, last_timestamp: last } = total;
  const days =
    first === null || last === null
      ? {}
      : { period: "dates", from: dayText(first), to: dayText(last) };
  return (
    <>
      {isStored ? (
        <a href={href(["meters", meter.id], days)}>{meter.display_name}</a>
      ) : (
        meter.display_name
      )}{" "}
      <code class="weak">{meter.event_name}</code>
    </>
  );
}

const PAGE = 100;
const MOST_PAGES = 10;

/** Load the meters of totals, by event name. Without the permission, or if it fails, the map stays empty. */
export function useMeters(totals: Total[]): Map<string, Meter> {
  const names = can("meters:read") ? totals.map((total) => total.event_name) : [];
  const { answer } = useQuery(
    "meters by event name",
    async (signal) => {
      const meters: Map<string, Meter> = new Map();
      let after: string | undefined;
      for (let page = 0; page < MOST_PAGES && names.some((name) => !meters.has(name)); page++) {
        const query = { limit: PAGE, starting_after: after };
        const { data, has_more }: List<Meter> = await get("v1/billing/meters", query, { signal });
        for (const meter of data) {
          const known = meters.get(meter.event_name);
          if (known === undefined || known.status === "inactive")
            meters.set(meter.event_name, meter);
        }
        after = data.at(-1)?.id;
        if (!has_more) break;
      }
      return meters;
    },
    [names.join()],
  );
  return answer ?? new Map();
}

/** @param seconds null if an earlier version of Meterdrop stored the upload */
function eventTime(seconds: number | null) {
  return seconds === null ? "–" : utcTime(seconds);
}
