import { useEffect } from "preact/hooks";
import { Empty, Failed, Loading } from "../components/feedback";
import { Table } from "../components/table";
import { count, decimal } from "../lib/format";
import { lazy } from "../lib/lazy";
import { useQuery } from "../lib/use-query";
import { FORMULAS } from "../usage/formula";
import { readSeries } from "../usage/summaries";
import type { Grouping, Meter, Period, Summary } from "../usage/types";
import { PARTS, partName } from "./grouping";

const Plot = lazy(() => import("./plot").then((plot) => plot.Plot), Drawing);

/** The parts of a period, as a chart and as a table with exact values. */
export function Series({
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
    (signal) => readSeries(meter.id, customer, period, grouping, signal),
    [],
  );
  useEffect(() => {
    if (version > 0) reload();
  }, [version]);
  const { formula } = meter.default_aggregation;

  if (failure !== null)
    return <Failed what="Couldn't load the chart." error={failure} again={reload} />;
  if (answer === null) return <Loading what="the chart" />;
  if (answer.length === 0)
    return (
      <Empty>
        <p>No events in this period.</p>
      </Empty>
    );
  const name = FORMULAS[formula].figure;
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
export function SeriesTable({
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
      name: PARTS[grouping],
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
