import { useEffect, useState } from "preact/hooks";
import { Figures } from "../components/display";
import { Failed, Loading, Notice } from "../components/feedback";
import { OfCustomer } from "../customers/of-customer";
import { CustomerPicker } from "../customers/picker";
import { count, decimal } from "../lib/format";
import { go } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { Query } from "../types";
import { FORMULAS } from "../usage/formula";
import { readPeriod } from "../usage/period";
import { PeriodDays, PeriodFields } from "../usage/period-fields";
import { readFigure } from "../usage/summaries";
import type { Meter, Period } from "../usage/types";
import { Chart } from "./chart";
import { Feed } from "./feed";

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
  const shown = (
    <>
      {problem && <Notice kind="warn">{problem}</Notice>}
      {period && <MeterFigures key={key} {...{ meter, customer, period, version }} />}
      {period && (
        <Chart {...{ meter, customer, period, version, change }} asked={query.get("group")} />
      )}
      <Feed meter={meter} customer={customer} changed={changed} />
    </>
  );
  return (
    <>
      <UsageFilter query={query} period={period} customer={customer} change={change} />
      {customer === "" ? (
        shown
      ) : (
        <OfCustomer key={customer} id={customer}>
          {shown}
        </OfCustomer>
      )}
    </>
  );
}

/**
 * The number of events of a meter in a period, and their total.
 *
 * @param props a change of `version` reloads them
 */
export function MeterFigures({
  meter,
  customer,
  period,
  version,
}: {
  meter: Meter;
  customer: string;
  period: Period;
  version: number;
}) {
  const { answer, failure, reload } = useQuery(
    "figure",
    (signal) => readFigure(meter.id, customer, period, signal),
    [meter.id, customer, period.start, period.end],
  );
  useEffect(() => {
    if (version > 0) reload();
  }, [version]);

  if (failure !== null)
    return <Failed what="Couldn't load the usage." error={failure} again={reload} />;
  if (answer === null) return <Loading what="usage" />;
  const { formula } = meter.default_aggregation;
  return (
    <Figures
      figures={[
        { name: "Events", value: count(answer.event_count) },
        { name: FORMULAS[formula].figure, value: decimal(answer.aggregated_value_decimal) },
      ]}
    />
  );
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
