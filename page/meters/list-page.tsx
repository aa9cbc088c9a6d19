import { useState } from "preact/hooks";
import { PageTitle, Status } from "../components/display";
import { Failed } from "../components/feedback";
import { Field } from "../components/form";
import type { Column } from "../components/table";
import { Listed, Table } from "../components/table";
import { utcMonth } from "../lib/format";
import { go, href } from "../lib/router";
import { can } from "../lib/session";
import type { Deeds, State } from "../lib/use-pages";
import { usePages } from "../lib/use-pages";
import type { ViewProps } from "../types";
import { AGGREGATIONS } from "../usage/aggregation";
import { thisMonth } from "../usage/period";
import { Sum } from "../usage/sum";
import type { Meter, Span, Summary } from "../usage/types";
import { useFigures } from "../usage/use-figures";

const PAGE = 25;
const STATUSES = [
  { value: "", label: "All" },
  { value: "active", label: "Active" },
  { value: "inactive", label: "Inactive" },
];

/** Every meter, newest first, with its usage of this month. */
export function MetersPage({ query, canWrite }: ViewProps) {
  const status = query.get("status") ?? "";
  const meters = usePages<Meter>("v1/billing/meters", { status, limit: PAGE });
  return (
    <>
      <PageTitle title="Meters">
        {canWrite && (
          <div class="actions">
            <a class="button primary" href={href(["meters", "new"])}>
              Add meter
            </a>
          </div>
        )}
      </PageTitle>
      <div class="filters">
        <Field label="Status">
          {(attributes) => (
            <select {...attributes} value={status} onChange={choose}>
              {STATUSES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <List meters={meters} status={status} canWrite={canWrite} />
    </>
  );
}

function List({
  meters,
  status,
  canWrite,
}: {
  meters: State<Meter> & Deeds<Meter>;
  status: string;
  canWrite: boolean;
}) {
  const hasUsage = can("usage:read");
  const [month] = useState(() => thisMonth(Date.now() / 1000));
  const usage = useFigures("", month, hasUsage ? meters.things : null);
  const empty = (
    <p>
      {status ? `No ${status} meters.` : "No meters yet."} {canWrite && !status && NEXT}
    </p>
  );
  return (
    <>
      {usage.failure !== null && (
        <Failed what="Couldn't load some of the usage." error={usage.failure} again={usage.again} />
      )}
      <Listed list={meters} what="meters" empty={empty}>
        {(things) => (
          <Table
            caption="Meters, newest first"
            columns={columnsOf(month, hasUsage ? usage.figures : null)}
            rows={things}
            id={(meter: Meter) => meter.id}
          />
        )}
      </Listed>
    </>
  );
}

/** @param figures null if the key can't read usage */
function columnsOf(month: Span, figures: Map<string, Summary> | null): Column<Meter>[] {
  const usage: Column<Meter> = {
    name: `${utcMonth(month.start)} (UTC)`,
    number: true,
    cell: ({ id }) => {
      const summary = figures?.get(id);
      if (summary === undefined) return "…";
      return <Sum events={summary.event_count} value={summary.aggregated_value_decimal} />;
    },
  };
  return [
    {
      name: "Meter",
      heading: true,
      cell: (meter) => <a href={href(["meters", meter.id])}>{meter.display_name}</a>,
    },
    { name: "Event name", cell: (meter) => <code>{meter.event_name}</code> },
    { name: "Aggregation", cell: (meter) => AGGREGATIONS[meter.default_aggregation.formula].name },
    ...(figures ? [usage] : []),
    { name: "Status", cell: (meter) => <Status status={meter.status} /> },
  ];
}

const NEXT = "Add a meter to count usage. Meterdrop refuses events with unknown event names.";

function choose(event: Event) {
  if (event.target instanceof HTMLSelectElement) go(["meters"], { status: event.target.value });
}
