import { Id } from "../components/copy";
import { Facts, LastChange, LocalTime, PageTitle, Status } from "../components/display";
import { Failed, Loading, Notice } from "../components/feedback";
import { get, isMissing, pathPart } from "../lib/api";
import { ZONE } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import { AGGREGATIONS } from "../usage/aggregation";
import type { Meter } from "../usage/types";
import { MeterActions } from "./actions";
import { MeterUsage } from "./usage";

/** One meter: its settings, its usage in a period (of one customer or of all), and its live feed. */
export function MeterPage({ parameters, query, canWrite }: ViewProps) {
  const id = parameters.meter ?? "";
  const asked = useQuery(
    "meter",
    (signal) => get(`v1/billing/meters/${pathPart(id)}`, {}, { signal }) as Promise<Meter>,
    [id],
  );
  const meter = asked.answer;
  return (
    <>
      <p class="back">
        <a href={href(["meters"])}>Meters</a>
      </p>
      <PageTitle title={meter?.display_name ?? "Meter"}>
        {meter && <Status status={meter.status} />}
        {meter && canWrite && (
          <MeterActions meter={meter} customer={query.get("customer") ?? ""} put={asked.put} />
        )}
      </PageTitle>
      {isMissing(asked.failure) && (
        <Notice>
          <p>No meter has the ID {id}.</p>
          <p>
            <a href={href(["meters"])}>Show all meters</a>
          </p>
        </Notice>
      )}
      {asked.failure !== null && !isMissing(asked.failure) && (
        <Failed what="Couldn't load the meter." error={asked.failure} again={asked.reload} />
      )}
      {asked.failure === null && meter === null && <Loading what="the meter" shape="facts" />}
      {meter && (
        <>
          <MeterUsage meter={meter} query={query} />
          <section aria-labelledby="details">
            <h2 id="details">Details</h2>
            <MeterFacts meter={meter} />
          </section>
        </>
      )}
    </>
  );
}

/** The settings of a meter. */
export function MeterFacts({ meter }: { meter: Meter }) {
  const { name, means } = AGGREGATIONS[meter.default_aggregation.formula];
  const { deactivated_at: deactivated } = meter.status_transitions;
  return (
    <Facts
      facts={[
        ["Event name", <Id id={meter.event_name} />],
        ["Aggregation", `${name}: ${means}`],
        ["Customer key", <code>{meter.customer_mapping.event_payload_key}</code>],
        ["Value key", <code>{meter.value_settings.event_payload_key}</code>],
        [`Created (${ZONE})`, <LocalTime at={meter.created} />],
        [`Deactivated (${ZONE})`, deactivated && <LocalTime at={deactivated} />],
        ["Last change", meter.last_change && <LastChange change={meter.last_change} />],
        ["ID", <Id id={meter.id} />],
      ]}
    />
  );
}
