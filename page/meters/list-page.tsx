import { LocalTime, PageTitle, Status } from "../components/display";
import { Empty, Failed, Loading } from "../components/feedback";
import { Field } from "../components/form";
import type { Column } from "../components/table";
import { LoadMore, Table } from "../components/table";
import { ZONE } from "../lib/format";
import { go, href } from "../lib/router";
import type { Deeds, State } from "../lib/use-pages";
import { usePages } from "../lib/use-pages";
import type { ViewProps } from "../types";
import { FORMULAS } from "../usage/formula";
import type { Meter } from "../usage/types";

const PAGE = 25;
const STATUSES = [
  { value: "", label: "All" },
  { value: "active", label: "Active" },
  { value: "inactive", label: "Inactive" },
];

const COLUMNS: Column<Meter>[] = [
  {
    name: "Meter",
    heading: true,
    cell: (meter) => <a href={href(["meters", meter.id])}>{meter.display_name}</a>,
  },
  { name: "Event name", cell: (meter) => <code>{meter.event_name}</code> },
  { name: "Formula", cell: (meter) => FORMULAS[meter.default_aggregation.formula].name },
  { name: "Status", cell: (meter) => <Status status={meter.status} /> },
  { name: `Created (${ZONE})`, cell: (meter) => <LocalTime at={meter.created} /> },
];

/** Every meter, newest first. */
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
  const { things, failure } = meters;
  if (things === null) {
    if (failure === null) return <Loading what="meters" />;
    return <Failed what="Couldn't load the meters." error={failure} again={meters.more} />;
  }
  if (things.length === 0) {
    return (
      <Empty>
        <p>
          {status ? `No ${status} meters.` : "No meters yet."} {canWrite && !status && NEXT}
        </p>
      </Empty>
    );
  }
  return (
    <>
      <Table
        caption="Meters, newest first"
        columns={COLUMNS}
        rows={things}
        id={(meter: Meter) => meter.id}
      />
      <LoadMore {...meters} />
    </>
  );
}

const NEXT = "Add a meter to count usage. Meterdrop refuses events with unknown event names.";

function choose(event: Event) {
  if (event.target instanceof HTMLSelectElement) go(["meters"], { status: event.target.value });
}
