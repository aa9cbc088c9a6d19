import { Failed, Notice } from "../components/feedback";
import type { Column } from "../components/table";
import { Listed, Table } from "../components/table";
import { count, decimal } from "../lib/format";
import { go, href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import type { Query } from "../types";
import { AGGREGATIONS } from "../usage/aggregation";
import { readPeriod } from "../usage/period";
import { PeriodDays, PeriodFields } from "../usage/period-fields";
import type { Meter, Period, Summary } from "../usage/types";
import { useFigures } from "../usage/use-figures";

/** The usage of a customer in a period, by meter. */
export function CustomerUsage({ id, query }: { id: string; query: URLSearchParams }) {
  const { period, problem } = readPeriod(query, Date.now());
  const change = (changes: Query) =>
    go(["customers", id], { ...Object.fromEntries(query), ...changes });
  const [name, from, to] = [
    query.get("period") ?? "this_month",
    query.get("from") ?? "",
    query.get("to") ?? "",
  ];

  function show(event: SubmitEvent & { currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    change({ from: String(given.get("from") ?? ""), to: String(given.get("to") ?? "") });
  }

  // Custom dates start with the days that are shown.
  const choose = (chosen: string) =>
    change(
      chosen === "dates"
        ? { period: chosen, from: period?.from, to: period?.to }
        : { period: chosen, from: "", to: "" },
    );
  return (
    <section aria-labelledby="usage">
      <h2 id="usage">Usage</h2>
      <form class="filters" aria-label="Usage filters" onSubmit={show}>
        <PeriodFields name={name} from={from} to={to} choose={choose} />
        {name === "dates" && <button type="submit">Show</button>}
      </form>
      {problem && <Notice kind="warn">{problem}</Notice>}
      {period && (
        <>
          <PeriodDays period={period} />
          <UsageTable key={`${period.start} ${period.end}`} customer={id} period={period} />
        </>
      )}
    </section>
  );
}

const PAGE = 20;

/** A customer's usage, one row for each meter. Each row links to the meter for the same customer and period. */
export function UsageTable({ customer, period }: { customer: string; period: Period }) {
  const meters = usePages<Meter>("v1/billing/meters", { limit: PAGE });
  const { figures, failure, again } = useFigures(customer, period, meters.things);
  return (
    <>
      {failure !== null && (
        <Failed what="Couldn't load some of the usage." error={failure} again={again} />
      )}
      <Listed list={meters} what="meters" empty={<p>No meters yet.</p>}>
        {(things) => (
          <Table
            caption="Usage by meter"
            columns={columnsOf(customer, period, figures)}
            rows={things}
            id={({ id }: Meter) => id}
          />
        )}
      </Listed>
    </>
  );
}

function columnsOf(
  customer: string,
  period: Period,
  figures: Map<string, Summary>,
): Column<Meter>[] {
  const days = period.name === "dates" ? { from: period.from, to: period.to } : {};
  const query = { customer, period: period.name, ...days };
  const figure = ({ id }: Meter, shown: (summary: Summary) => string) => {
    const summary = figures.get(id);
    return summary === undefined ? "…" : shown(summary);
  };
  return [
    {
      name: "Meter",
      heading: true,
      cell: ({ id, display_name, status }) => (
        <>
          <a href={href(["meters", id], query)}>{display_name}</a>
          {status === "inactive" && " (inactive)"}
        </>
      ),
    },
    { name: "Aggregation", cell: (meter) => AGGREGATIONS[meter.default_aggregation.formula].name },
    {
      name: "Events",
      number: true,
      cell: (meter) => figure(meter, (summary) => count(summary.event_count)),
    },
    {
      name: "Usage",
      number: true,
      cell: (meter) => figure(meter, (summary) => decimal(summary.aggregated_value_decimal)),
    },
  ];
}
