import { useEffect, useState } from "preact/hooks";
import { Action } from "../components/action";
import { PageTitle } from "../components/display";
import { Progress } from "../components/feedback";
import { Field } from "../components/form";
import type { Column } from "../components/table";
import { Listed, Table } from "../components/table";
import { CustomerName } from "../customers/name";
import { CustomerPicker } from "../customers/picker";
import { ApiError, get } from "../lib/api";
import { save } from "../lib/download";
import { count, counted, decimal } from "../lib/format";
import { go, href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import { useQuery } from "../lib/use-query";
import type { List, Query, ViewProps } from "../types";
import { daysQuery, dayText, spanText } from "../usage/period";
import { readReport } from "../usage/report";
import type { Meter } from "../usage/types";
import { monthAround, spanOf, TimeFields, timesOf } from "./times";
import type { ReportLine } from "./types";

const PAGE = 50;

/** The usage of every customer and meter in a period. */
export function ReportPage({ query }: ViewProps) {
  const given = { month: dayText(Date.now() / 1000), ...Object.fromEntries(query) };
  const change = (changes: Query) => go(["billing", "report"], { ...given, ...changes });
  const { asked, wrong } = reportOf(given);
  const error = (name: string) => (wrong?.param === name ? wrong.message : undefined);
  return (
    <>
      <p class="back">
        <a href={href(["billing"])}>Billing</a>
      </p>
      <PageTitle title="Usage report">
        {asked && <ReportDownload key={JSON.stringify(asked)} query={asked} />}
      </PageTitle>
      <ReportFilter given={given} error={error} change={change} />
      {asked && <Lines key={JSON.stringify(asked)} asked={asked} />}
    </>
  );
}

function reportOf(
  given: Record<string, string>,
): { asked: Query; wrong: null } | { asked: null; wrong: ApiError } {
  try {
    const { meter, customer } = given;
    return { asked: { ...timesOf(given), meter, customer }, wrong: null };
  } catch (wrong) {
    if (wrong instanceof ApiError) return { asked: null, wrong };
    throw wrong;
  }
}

function Lines({ asked }: { asked: Query }) {
  const lines = usePages<ReportLine>("v1/usage_reports", { ...asked, limit: PAGE });
  const [first] = lines.things ?? [];
  const empty = (
    <>
      <p>No usage in this period.</p>
      <p>
        Choose another period, meter, or customer. To add usage,{" "}
        <a href={href(["upload"])}>upload a file</a>.
      </p>
    </>
  );
  return (
    <>
      {first && (
        <p class="hint period-days">{spanText(spanOf(first))}, UTC. The usage is as it is now.</p>
      )}
      <Listed list={lines} what="report" empty={empty}>
        {(things) => (
          <Table
            caption="Usage by customer and meter"
            columns={COLUMNS}
            rows={things}
            id={({ id }: ReportLine) => id}
          />
        )}
      </Listed>
    </>
  );
}

const COLUMNS: Column<ReportLine>[] = [
  {
    name: "Customer",
    heading: true,
    cell: ({ customer }) => <CustomerName id={customer} />,
  },
  {
    name: "Meter",
    cell: (line) => (
      <a
        href={href(["meters", line.meter], { customer: line.customer, ...daysQuery(spanOf(line)) })}
      >
        {line.event_name}
      </a>
    ),
  },
  { name: "Events", number: true, cell: (line) => count(line.event_count) },
  { name: "Usage", number: true, cell: (line) => decimal(line.aggregated_value_decimal) },
];

/** The button that downloads all lines of a report as one CSV file. */
export function ReportDownload({ query }: { query: Query }) {
  const [lines, setLines] = useState<number | null>(null);
  const [shown] = useState(() => new AbortController());
  useEffect(() => () => shown.abort(), []);

  async function act() {
    try {
      save(await readReport(query, setLines, shown.signal), "usage-report.csv");
    } catch (error) {
      if (!shown.signal.aborted) throw error;
    } finally {
      setLines(null);
    }
  }

  return (
    <div class="actions">
      <Action act={act}>Download CSV</Action>
      {lines !== null && <Progress label={`Writing the file: ${counted(lines, "line")} so far`} />}
    </div>
  );
}

/** The filters of a usage report. The address contains them. */
export function ReportFilter({
  given,
  error,
  change,
}: {
  given: Record<string, string>;
  error: (name: string) => string | undefined;
  change: (changes: Query) => void;
}) {
  function show(event: SubmitEvent & { currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const typed = [...new FormData(event.currentTarget)];
    change(Object.fromEntries(typed.map(([name, value]) => [name, String(value).trim()])));
  }

  // Custom times start with the month that is shown.
  const choose = (kind: string) =>
    change(kind === "window" ? { kind, ...monthAround(given.month ?? "") } : { kind });

  return (
    <form class="filters" aria-label="Usage report" onSubmit={show}>
      <TimeFields given={given} choose={choose} error={error} />
      <MeterChoice meter={given.meter ?? ""} chosen={(meter: string) => change({ meter })} />
      <CustomerPicker
        label="Customer (optional)"
        name="customer"
        start={given.customer ?? ""}
        error={error("customer")}
        chosen={(customer: string) => change({ customer })}
      />
      <button type="submit">Show</button>
    </form>
  );
}

const MOST = 100; // meters to choose from

/** The choice of a meter by its ID, or of all meters by "". */
function MeterChoice({ meter, chosen }: { meter: string; chosen: (meter: string) => void }) {
  const { answer, failure } = useQuery(
    "meters",
    (signal) => get("v1/billing/meters", { limit: MOST }, { signal }) as Promise<List<Meter>>,
    [],
  );
  const meters = (answer?.data ?? []).map(({ id, display_name, event_name }) => ({
    id,
    name: `${display_name} (${event_name})`,
  }));
  if (meter !== "" && meters.every(({ id }) => id !== meter))
    meters.unshift({ id: meter, name: meter });
  return (
    <Field label="Meter" error={failure === null ? undefined : "Couldn't load the meters."}>
      {(attributes) => (
        <select
          {...attributes}
          name="meter"
          value={meter}
          onChange={(event) => chosen(event.currentTarget.value)}
        >
          <option value="">All meters</option>
          {meters.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
