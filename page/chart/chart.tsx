import { useEffect, useId } from "preact/hooks";
import { Failed, Loading } from "../components/feedback";
import { Table } from "../components/table";
import { count, decimal } from "../lib/format";
import { lazy } from "../lib/lazy";
import { useQuery } from "../lib/use-query";
import type { Query } from "../types";
import { AGGREGATIONS } from "../usage/aggregation";
import { EmptyPeriod } from "../usage/empty-period";
import { readSeries } from "../usage/summaries";
import type { Grouping, Meter, Period, Summary } from "../usage/types";
import { groupingsOf, partLabel, partName, readGrouping } from "./grouping";

const Plot = lazy(() => import("./plot").then((plot) => plot.Plot), Drawing);

/** A meter's usage over a period, in hours, days or months. */
export function Chart({
  meter,
  customer,
  period,
  version,
  asked,
  change,
}: {
  meter: Meter;
  customer: string;
  period: Period;
  /** a change reloads the chart */
  version: number;
  /** the grouping in the address */
  asked: string | null;
  change: (changes: Query) => void;
}) {
  const id = useId();
  const grouping = readGrouping(asked, period);
  const choose = (event: Event & { currentTarget: HTMLSelectElement }) =>
    change({ group: event.currentTarget.value });
  return (
    <section aria-labelledby="chart">
      <div class="section-title">
        <h2 id="chart">Usage over time</h2>
        <div class="inline-field">
          <label for={id}>Group by</label>
          <select id={id} value={grouping} onChange={choose}>
            {groupingsOf(period).map(({ name, label }) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Series
        key={[customer, period.start, period.end, grouping].join(" ")}
        {...{ meter, customer, period, version, grouping }}
      />
    </section>
  );
}

/** The parts of a period, as a chart and as a table with exact values. */
function Series({
  meter,
  customer,
  period,
  version,
  grouping,
}: {
  meter: Meter;
  customer: string;
  period: Period;
  version: number;
  grouping: Grouping;
}) {
  const { answer, failure, reload } = useQuery(
    "series",
    (signal) => readSeries(meter.id, customer, period, grouping, signal),
    [meter.id, customer, period.start, period.end, grouping],
  );
  useEffect(() => {
    if (version > 0) reload();
  }, [version]);
  const { formula } = meter.default_aggregation;

  if (failure !== null)
    return <Failed what="Couldn't load the chart." error={failure} again={reload} />;
  if (answer === null) return <Loading what="the chart" shape="chart" />;
  if (answer.length === 0) return <EmptyPeriod meter={meter} customer={customer} />;
  const name = AGGREGATIONS[formula].figure;
  return (
    <>
      <Plot {...{ period, formula, grouping, name }} summaries={answer} />
      <SeriesTable grouping={grouping} name={name} summaries={answer} />
    </>
  );
}

function Drawing() {
  return <div class="plot" aria-hidden="true"></div>;
}

/** The exact values of a chart, also for screen readers. Parts without events are left out. */
function SeriesTable({
  grouping,
  name,
  summaries,
}: {
  grouping: Grouping;
  name: string;
  summaries: Summary[];
}) {
  const columns = [
    {
      name: partLabel(grouping),
      heading: true,
      cell: (one: Summary) => partName(grouping, one.start_time),
    },
    { name: "Events", number: true, cell: (one: Summary) => count(one.event_count) },
    {
      name,
      number: true,
      cell: (one: Summary) => decimal(one.aggregated_value_decimal),
    },
  ];
  return (
    <details class="series">
      <summary>Show as a table</summary>
      <Table
        caption={`${name} by ${grouping}`}
        columns={columns}
        rows={summaries}
        id={(one: Summary) => one.id}
      />
    </details>
  );
}
