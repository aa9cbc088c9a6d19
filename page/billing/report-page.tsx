import { useEffect, useRef, useState } from "preact/hooks";
import { Action } from "../components/action";
import { PageTitle } from "../components/display";
import { Empty, Failed, Loading, Progress } from "../components/feedback";
import { Field } from "../components/form";
import type { Column } from "../components/table";
import { LoadMore, Table } from "../components/table";
import { CustomerPicker } from "../customers/picker";
import { ApiError, get, send } from "../lib/api";
import { downloadFromBucket, save } from "../lib/download";
import { count, counted, decimal } from "../lib/format";
import { go, href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import { useQuery } from "../lib/use-query";
import type { List, Query, ViewProps } from "../types";
import type { Meter } from "../usage/types";
import { dayText, meterQuery, monthAround, TimeFields, timesOf, windowText } from "./times";
import type { ReportFile, ReportLine } from "./types";

const PAGE = 50;

/** The usage of every customer and meter in a period. */
export function ReportPage({ query }: ViewProps) {
  const given = { month: dayText(new Date()), ...Object.fromEntries(query) };
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
  const things: ReportLine[] | null = lines.things;
  if (things === null) {
    if (lines.failure === null) return <Loading what="the report" />;
    return <Failed what="Couldn't load the report." error={lines.failure} again={lines.more} />;
  }
  const [first] = things;
  if (first === undefined) {
    return (
      <Empty>
        <p>No usage in this period.</p>
        <p>
          Choose another period, meter, or customer. To add usage,{" "}
          <a href={href(["upload"])}>upload a file</a>.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <p class="hint period-days">{windowText(first)}, UTC. The usage is as it is now.</p>
      <Table
        caption="Usage by customer and meter"
        columns={COLUMNS}
        rows={things}
        id={({ id }: ReportLine) => id}
      />
      <LoadMore {...lines} />
    </>
  );
}

const COLUMNS: Column<ReportLine>[] = [
  {
    name: "Customer",
    heading: true,
    cell: ({ customer }) => <a href={href(["customers", customer])}>{customer}</a>,
  },
  {
    name: "Meter",
    cell: (line) => (
      <a href={href(["meters", line.meter], { customer: line.customer, ...meterQuery(line) })}>
        {line.event_name}
      </a>
    ),
  },
  { name: "Events", number: true, cell: (line) => count(line.event_count) },
  { name: "Usage", number: true, cell: (line) => decimal(line.aggregated_value_decimal) },
];

const PAUSE = 2000; // milliseconds between two requests for a file that isn't finished
const NAME = "usage-report.csv";
const ACCEPTED = 202;

/**
 * The button that downloads all lines of a report as one CSV file.
 *
 * @param props of the report
 */
export function ReportDownload({ query }: { query: Query }) {
  const [lines, setLines] = useState<number | null>(null);
  const left = useRef(false);
  useEffect(
    () => () => {
      left.current = true;
    },
    [],
  );

  async function act() {
    const answer = await send("GET", "v1/usage_reports", { query, accept: "text/csv" });
    if (answer.status !== ACCEPTED) return save(await answer.blob(), NAME);
    try {
      await whenWritten(await answer.json());
    } finally {
      setLines(null);
    }
  }

  /** Large reports are written in the background. */
  async function whenWritten(file: ReportFile) {
    const path = `v1/usage_reports/${file.id}`;
    while (file.status === "processing") {
      setLines(file.line_count);
      await new Promise((resume) => setTimeout(resume, PAUSE));
      if (left.current) return;
      file = await get(path);
    }
    if (file.failure !== null) throw new Error(file.failure.message);
    await downloadFromBucket(`${path}/file`, NAME);
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

/** @param props an ID, or "" for all meters */
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
