import type { ComponentChildren } from "preact";
import { useId, useMemo, useState } from "preact/hooks";
import { Action } from "../components/action";
import { announce, Failed, Loading, Notice, Progress } from "../components/feedback";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { CustomerName, nameOf } from "../customers/name";
import { save } from "../lib/download";
import { count, counted, decimal, localTime } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import { addsUp } from "../usage/aggregation";
import { customerLines, descending } from "../usage/customer-lines";
import { changeText, percent } from "../usage/decimals";
import { EmptyPeriod } from "../usage/empty-period";
import { comparedText, comparedWith } from "../usage/period";
import { readReport } from "../usage/report";
import type { Compared, CustomerLine, Meter, Period, Span } from "../usage/types";

/** The usage of a meter in a period, by customer. Another meter or period needs another component. */
export function ByCustomer({
  meter,
  period,
  version,
}: {
  meter: Meter;
  period: Period;
  /** a change means that usage has changed since */
  version: number;
}) {
  const [compared] = useState(() => comparedWith(period, Date.now() / 1000));
  const [written, setWritten] = useState<number | null>(null);
  const [seen, setSeen] = useState(version);
  const { answer, failure, loading, reload } = useQuery(
    "usage by customer",
    (signal) => readUsage(meter, period, compared, setWritten, signal),
    [meter.id, period.start, period.end],
    { staleTime: 300_000 },
  );
  const again = () => {
    setSeen(version);
    return reload();
  };

  if (failure !== null)
    return <Failed what="Couldn't load the usage by customer." error={failure} again={again} />;
  if (answer === null) {
    if (written === null) return <Loading what="the usage by customer" />;
    return <Progress label={`Adding up the usage: ${counted(written, "line")} so far`} />;
  }
  const { csv, lines, at } = answer;
  const name = `usage-by-customer_${period.from}_${period.to}.csv`;
  return (
    <>
      {version > seen && (
        <Notice>
          <p>
            New events have arrived since {localTime(at)}.{" "}
            <button type="button" class="quiet" onClick={again} aria-disabled={loading}>
              Show them
            </button>
          </p>
        </Notice>
      )}
      {lines.length === 0 ? (
        <EmptyPeriod meter={meter} customer="" />
      ) : (
        <Lines meter={meter} period={period} compared={compared} lines={lines}>
          <Action act={async () => save(csv, name)}>Download CSV</Action>
        </Lines>
      )}
    </>
  );
}

async function readUsage(
  { id, default_aggregation }: Meter,
  period: Span,
  compared: Span | null,
  written: (lines: number | null) => void,
  signal: AbortSignal,
) {
  const at = Math.floor(Date.now() / 1000);
  const read = ({ start, end }: Span) =>
    readReport({ meter: id, start_time: start, end_time: end }, written, signal);
  try {
    const [csv, before] = await Promise.all([read(period), compared && read(compared)]);
    const [now, earlier] = await Promise.all([csv.text(), before?.text() ?? null]);
    return { at, csv, lines: customerLines(now, earlier, default_aggregation.formula) };
  } finally {
    written(null);
  }
}

type Order = "usage" | "name" | "change";

const FIRST = 10;
const PAGE = 50;
const NAMED = 500; // customers whose names are loaded to sort by them

function Lines({
  meter,
  period,
  compared,
  lines,
  children,
}: {
  meter: Meter;
  period: Period;
  compared: Compared | null;
  lines: CustomerLine[];
  /** beside the number of customers */
  children: ComponentChildren;
}) {
  const id = useId();
  const [order, setOrder] = useState<Order>("usage");
  const [isUp, setUp] = useState(false);
  const [page, setPage] = useState<number | null>(null);
  const [names, setNames] = useState<Map<string, string> | null>(null);

  const sorted = useMemo(() => {
    const found = inOrder(lines, order, names);
    return isUp ? found.reverse() : found;
  }, [lines, order, isUp, names]);

  async function sortBy(by: Order) {
    setUp(by === order && !isUp);
    setOrder(by);
    if (page !== null) setPage(0);
    if (by === "name" && names === null && lines.length <= NAMED) setNames(await namesOf(lines));
  }

  const shown = page === null ? sorted.slice(0, FIRST) : sorted.slice(page * PAGE).slice(0, PAGE);
  const arrow = (by: Order) => ({
    order:
      order !== by
        ? ("none" as const)
        : isUp !== (by === "name")
          ? ("ascending" as const)
          : ("descending" as const),
    by: () => sortBy(by),
  });
  return (
    <>
      <div class="section-title">
        <p class="hint">
          {counted(lines.length, "customer")}
          {compared && `. Change against ${comparedText(compared)}`}
          {order === "name" && lines.length > NAMED && ". Sorted by ID"}
        </p>
        <div class="actions">{children}</div>
        <div class="inline-field sort-by">
          <label for={id}>Sort by</label>
          <select
            id={id}
            value={order}
            onChange={(event) => sortBy(event.currentTarget.value as Order)}
          >
            <option value="usage">Usage</option>
            <option value="name">Customer</option>
            {compared && <option value="change">Change</option>}
          </select>
        </div>
      </div>
      <Table
        caption={`Usage by customer, ${count(shown.length)} of ${count(lines.length)}`}
        columns={columnsOf(meter, period, compared, arrow)}
        rows={shown}
        id={({ customer }: CustomerLine) => customer}
      />
      <Pages page={page} rows={lines.length} go={setPage} />
    </>
  );
}

function inOrder(lines: CustomerLine[], order: Order, names: Map<string, string> | null) {
  if (order === "usage") return lines.toSorted(descending(({ units }) => units));
  if (order === "change") return lines.toSorted(descending(({ difference }) => difference));
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  const nameFor = ({ customer }: CustomerLine) => names?.get(customer) ?? customer;
  return lines.toSorted((one, other) => compare(nameFor(one), nameFor(other)));
}

async function namesOf(lines: CustomerLine[]) {
  const names = lines.map(
    async ({ customer }) => [customer, (await nameOf(customer)) ?? customer] as const,
  );
  return new Map(await Promise.all(names));
}

function Pages({
  page,
  rows,
  go,
}: {
  /** null if only the first rows are shown */
  page: number | null;
  rows: number;
  go: (page: number) => void;
}) {
  if (rows <= FIRST) return null;
  if (page === null) {
    return (
      <div class="load-more">
        <button type="button" onClick={() => go(0)}>
          Show all {count(rows)} customers
        </button>
      </div>
    );
  }
  const range = (number: number) =>
    `${count(number * PAGE + 1)}–${count(Math.min(rows, (number + 1) * PAGE))} of ${count(rows)}`;
  const turn = (to: number) => {
    go(to);
    announce(`Customers ${range(to)}.`);
  };
  const last = Math.ceil(rows / PAGE) - 1;
  return (
    <nav class="pages" aria-label="Pages of customers">
      <button type="button" disabled={page === 0} onClick={() => turn(page - 1)}>
        Previous
      </button>
      <span>{range(page)}</span>
      <button type="button" disabled={page === last} onClick={() => turn(page + 1)}>
        Next
      </button>
    </nav>
  );
}

function columnsOf(
  meter: Meter,
  period: Period,
  compared: Compared | null,
  arrow: (by: Order) => Column<CustomerLine>["sort"],
): Column<CustomerLine>[] {
  const { name, from, to } = period;
  const days = name === "dates" ? { from, to } : {};
  const link = (customer: string) =>
    href(["meters", meter.id], { customer, period: name, ...days });
  return [
    {
      name: "Customer",
      heading: true,
      sort: arrow("name"),
      cell: ({ customer }) => <CustomerName id={customer} to={link(customer)} />,
    },
    { name: "Usage", number: true, sort: arrow("usage"), cell: ({ usage }) => decimal(usage) },
    ...(addsUp(meter.default_aggregation.formula) ? [SHARE] : []),
    ...(compared
      ? [
          {
            name: "Change",
            number: true,
            sort: arrow("change"),
            cell: (line: CustomerLine) => <Change line={line} />,
          },
        ]
      : []),
    { name: "Events", number: true, cell: ({ events }) => count(events) },
  ];
}

const SHARE: Column<CustomerLine> = {
  name: "Share",
  number: true,
  cell: ({ share }) => (share === null ? "–" : percent(share)),
};

function Change({ line: { before, change } }: { line: CustomerLine }) {
  if (before === null) return <>new</>;
  return (
    <span class="sum">
      {change !== null && changeText(change)} <span class="weak">from {decimal(before)}</span>
    </span>
  );
}
