import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Chart } from "../chart/chart";
import { Figures } from "../components/display";
import { Failed, Loading, Notice } from "../components/feedback";
import { OfCustomer } from "../customers/of-customer";
import { CustomerPicker } from "../customers/picker";
import { count, decimal } from "../lib/format";
import { lazy } from "../lib/lazy";
import { go, href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { Query } from "../types";
import { AGGREGATIONS } from "../usage/aggregation";
import { changeOf, changeText, unitsOf } from "../usage/decimals";
import { comparedText, comparedWith, readPeriod } from "../usage/period";
import { PeriodDays, PeriodFields } from "../usage/period-fields";
import { readFigure } from "../usage/summaries";
import type { Meter, Period, Summary } from "../usage/types";
import { Feed } from "./feed";

const ByCustomer = lazy(() => import("./by-customer").then((module) => module.ByCustomer));

/** A meter's usage in the period of the address, of one customer or of all, and its live feed. */
export function MeterUsage({ meter, query }: { meter: Meter; query: URLSearchParams }) {
  const { period, problem } = readPeriod(query, Date.now());
  const customer = query.get("customer") ?? "";
  const change = (changes: Query) =>
    go(["meters", meter.id], { ...Object.fromEntries(query), ...changes });
  // A new event in the feed also changes the figures.
  const [version, setVersion] = useState(0);
  const changed = () => setVersion((before) => before + 1);

  const key = [customer, period?.start, period?.end].join(" ");
  const view = customer === "" ? query.get("view") : null;
  const shown = (
    <>
      {problem && <Notice kind="warn">{problem}</Notice>}
      {period && <MeterFigures key={key} {...{ meter, customer, period, version }} />}
      {period && (
        <Views query={query} meter={meter} hasCustomers={customer === ""}>
          {view === "customers" ? (
            <ByCustomer key={key} {...{ meter, period, version }} />
          ) : (
            <Chart {...{ meter, customer, period, version, change }} asked={query.get("group")} />
          )}
        </Views>
      )}
      <Feed {...{ meter, customer, change, changed }} identifier={query.get("identifier") ?? ""} />
    </>
  );
  return (
    <>
      <UsageFilter query={query} period={period} customer={customer} change={change} />
      {customer === "" ? (
        shown
      ) : (
        <OfCustomer
          key={customer}
          id={customer}
          all={href(["meters", meter.id], { ...Object.fromEntries(query), customer: "" })}
        >
          {shown}
        </OfCustomer>
      )}
    </>
  );
}

/** The usage over time or by customer. The address contains which. */
function Views({
  query,
  meter,
  hasCustomers,
  children,
}: {
  query: URLSearchParams;
  meter: Meter;
  hasCustomers: boolean;
  children: ComponentChildren;
}) {
  if (!hasCustomers) return children;
  const shown = query.get("view") ?? "";
  const to = (view: string) => href(["meters", meter.id], { ...Object.fromEntries(query), view });
  return (
    <>
      <nav class="views" aria-label="Usage">
        {VIEWS.map(({ view, label }) => (
          <a key={view} href={to(view)} aria-current={view === shown ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      {children}
    </>
  );
}

const VIEWS = [
  { view: "", label: "Over time" },
  { view: "customers", label: "By customer" },
];

/** The number of events of a meter in a period, and their total, each beside the period before. */
export function MeterFigures({
  meter,
  customer,
  period,
  version,
}: {
  meter: Meter;
  customer: string;
  period: Period;
  /** a change reloads the figures */
  version: number;
}) {
  const [compared] = useState(() => comparedWith(period, Date.now() / 1000));
  const { answer, failure, reload } = useQuery(
    "figure",
    (signal) => readFigure(meter.id, customer, period, signal),
    [meter.id, customer, period.start, period.end],
  );
  const before = useQuery(
    "figure",
    (signal) => readFigure(meter.id, customer, compared ?? period, signal),
    [meter.id, customer, compared?.start, compared?.end],
    { enabled: compared !== null },
  );
  useEffect(() => {
    if (version > 0) reload();
  }, [version]);

  if (failure !== null)
    return <Failed what="Couldn't load the usage." error={failure} again={reload} />;
  return (
    <>
      {answer === null ? (
        <Loading what="usage" shape="figures" />
      ) : (
        <Figures figures={figuresOf(meter, answer, before.answer)} />
      )}
      {compared && (
        <p class="hint compared">
          Compared with {comparedText(compared)}
          {compared.running && ", the same length of the period before"}.
        </p>
      )}
    </>
  );
}

function figuresOf(meter: Meter, now: Summary, old: Summary | null) {
  const value = now.aggregated_value_decimal;
  return [
    {
      name: "Events",
      value: count(now.event_count),
      hint: old ? change(BigInt(now.event_count), BigInt(old.event_count)) : HINT,
    },
    {
      name: AGGREGATIONS[meter.default_aggregation.formula].figure,
      value: decimal(value),
      hint: old ? change(unitsOf(value), unitsOf(old.aggregated_value_decimal)) : HINT,
    },
  ];
}

const HINT = "\u00a0"; // keeps the height while the change is loading

function change(now: bigint, before: bigint) {
  const ratio = changeOf(now, before);
  if (ratio === null) return now === 0n ? "no change" : "none before";
  return changeText(ratio);
}

/** The filters of a meter's usage. The address contains them. */
export function UsageFilter({
  query,
  period,
  customer,
  change,
}: {
  query: URLSearchParams;
  period: Period | null;
  customer: string;
  change: (changes: Query) => void;
}) {
  function show(event: SubmitEvent & { currentTarget: HTMLFormElement }) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    change({
      from: text(given.get("from")),
      to: text(given.get("to")),
      customer: text(given.get("customer")).trim(),
    });
  }

  // Custom dates start with the days that are shown.
  const choose = (name: string) =>
    change(
      name === "dates"
        ? { period: name, from: period?.from, to: period?.to }
        : { period: name, from: "", to: "" },
    );

  const name = query.get("period") ?? "this_month";
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  return (
    <>
      <form class="filters" aria-label="Usage filters" onSubmit={show}>
        <PeriodFields name={name} from={from} to={to} choose={choose} />
        <CustomerPicker
          label="Customer (optional)"
          name="customer"
          start={customer}
          chosen={(id: string) => change({ customer: id })}
        />
        <button type="submit">Show</button>
      </form>
      {period && <PeriodDays period={period} />}
    </>
  );
}

function text(value: FormDataEntryValue | null) {
  return typeof value === "string" ? value : "";
}
