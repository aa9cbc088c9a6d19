import { PageTitle, Status } from "../components/display";
import type { Column } from "../components/table";
import { Listed, Table } from "../components/table";
import { count } from "../lib/format";
import { href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import type { ViewProps } from "../types";
import { spanText } from "../usage/period";
import { PAUSE } from "./period-page";
import { spanOf } from "./times";
import type { BillingPeriod } from "./types";

const PAGE = 25;

/** All billing periods, newest first. */
export function PeriodsPage({ canWrite }: ViewProps) {
  return (
    <>
      <PageTitle title="Billing">
        <div class="actions">
          <a class="button" href={href(["billing", "report"])}>
            Usage report
          </a>
          {canWrite && (
            <a class="button primary" href={href(["billing", "new"])}>
              Create billing period
            </a>
          )}
        </div>
      </PageTitle>
      <Periods canWrite={canWrite} />
    </>
  );
}

function Periods({ canWrite }: { canWrite: boolean }) {
  const periods = usePages<BillingPeriod>(
    "v1/billing_periods",
    { limit: PAGE },
    { poll: (periods) => periods.some(({ status }) => status === "closing") && PAUSE },
  );
  const empty = (
    <>
      <p>No billing periods yet.</p>
      <p>
        {canWrite
          ? "Create a billing period for the month that you bill."
          : "Creating one requires an admin key."}{" "}
        Its close freezes the usage in a statement. To see usage without a statement, open the usage
        report.
      </p>
    </>
  );
  return (
    <Listed list={periods} what="billing periods" empty={empty}>
      {(things) => (
        <Table
          caption="Billing periods, newest first"
          columns={COLUMNS}
          rows={things}
          id={({ id }: BillingPeriod) => id}
        />
      )}
    </Listed>
  );
}

/** The title of a period: its name, or its times. */
export function titleOf(period: BillingPeriod) {
  return period.name ?? spanText(spanOf(period));
}

const COLUMNS: Column<BillingPeriod>[] = [
  {
    name: "Billing period",
    heading: true,
    cell: (period) => <a href={href(["billing", "periods", period.id])}>{titleOf(period)}</a>,
  },
  { name: "Times (UTC)", cell: (period) => spanText(spanOf(period)) },
  { name: "Status", cell: ({ status }) => <Status status={status} /> },
  {
    name: "Late usage",
    cell: ({ late_policy }) => (late_policy === "adjust" ? "Counted" : "Refused"),
  },
  { name: "Statements", number: true, cell: ({ statement_count }) => count(statement_count) },
];
