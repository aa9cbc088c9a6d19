import { Empty } from "../components/feedback";
import { utcDays, utcMonth } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import { daysQuery, thisMonth } from "./period";
import { readLatestDay } from "./summaries";
import type { Meter } from "./types";

/** Shown if a meter has no events in a period: where its events are, or how to add some. */
export function EmptyPeriod({
  meter,
  customer,
}: {
  meter: Meter;
  /** an ID, or "" for all customers */
  customer: string;
}) {
  const { answer } = useQuery("latest day", (signal) => readLatestDay(meter.id, customer, signal), [
    meter.id,
    customer,
  ]);
  return (
    <Empty>
      <p>No events in this period.</p>
      {answer !== null && <Way meter={meter} customer={customer} day={answer.day} />}
    </Empty>
  );
}

function Way({ meter, customer, day }: { meter: Meter; customer: string; day: number | null }) {
  if (day === null) {
    return (
      <p>
        {customer
          ? "This customer has no events of this meter yet"
          : "This meter has no events yet"}
        . To add usage, <a href={href(["upload"], { meter: meter.event_name })}>upload a file</a>.
      </p>
    );
  }
  const query = { ...daysQuery(thisMonth(day)), customer };
  return (
    <p>
      Latest event: {utcDays(day)}.{" "}
      <a href={href(["meters", meter.id], query)}>Show {utcMonth(day)}</a>
    </p>
  );
}
