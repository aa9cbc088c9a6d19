import { Figures, LocalTime, PageTitle } from "../components/display";
import { Empty, Failed, Loading } from "../components/feedback";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { get, pathPart } from "../lib/api";
import { count, counted, ZONE } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import { UploadLinks } from "../uploads/related";
import { daysQuery } from "../usage/period";
import { Sum } from "../usage/sum";
import { usePeriod } from "./period-page";
import { titleOf } from "./periods-page";
import { localDay, reportQuery, spanOf } from "./times";
import type { BillingPeriod, MeterSums, Reconciliation, Sums } from "./types";

/** How files and events add up to the usage of a billing period. */
export function ReconciliationPage({ parameters: { period: id = "" } }: ViewProps) {
  const asked = usePeriod(id);
  const period = asked.answer;
  return (
    <>
      <p class="back">
        <a href={href(["billing", "periods", id])}>
          {period === null ? "Billing period" : titleOf(period)}
        </a>
      </p>
      <PageTitle title="Reconciliation">
        {period && (
          <div class="actions">
            <a class="button" href={href(["billing", "report"], reportQuery(period))}>
              Usage report
            </a>
          </div>
        )}
      </PageTitle>
      {asked.failure !== null && (
        <Failed
          what="Couldn't load the billing period."
          error={asked.failure}
          again={asked.reload}
        />
      )}
      {period && <Reconciled period={period} />}
    </>
  );
}

function Reconciled({ period }: { period: BillingPeriod }) {
  const { answer, failure, reload } = useQuery(
    "reconciliation",
    (signal) =>
      get(
        `v1/billing_periods/${pathPart(period.id)}/reconciliation`,
        {},
        { signal },
      ) as Promise<Reconciliation>,
    [period.id],
  );
  if (failure !== null)
    return <Failed what="Couldn't load the reconciliation." error={failure} again={reload} />;
  if (answer === null) return <Loading what="the reconciliation" />;
  return (
    <>
      <p class="hint period-days">
        As of <LocalTime at={answer.created} /> ({ZONE}). Counts are of whole files, including their
        rows of other periods.
      </p>
      <Figures figures={figuresOf(answer)} />
      <Uploads
        title="Failed files"
        ids={answer.failed_uploads}
        todo="No row of these files is counted. Correct each file and upload it again."
        none="No file failed."
        status="failed"
        period={period}
      />
      <Uploads
        title="Refused rows that are still open"
        ids={answer.open_error_uploads}
        todo={`${counted(answer.open_error_count, "refused row")} of these files ${answer.open_error_count === 1 ? "isn't" : "aren't"} counted. Download each error file, correct it, and upload it.`}
        none="All rows are counted."
        status="succeeded_with_errors"
        period={period}
      />
      <Uploads
        title="Files in progress"
        ids={answer.unfinished_uploads}
        todo="Wait until these files are final."
        none="No file is in progress."
        status="processing"
        period={period}
      />
      <section>
        <h2>Usage by meter</h2>
        <Meters period={period} meters={answer.meters} />
      </section>
    </>
  );
}

function figuresOf(counts: Reconciliation) {
  return [
    { name: "Files", value: count(counts.file_count) },
    { name: "Rows", value: count(counts.row_count) },
    { name: "Counted", value: count(counts.success_count) },
    { name: "Duplicates", value: count(counts.duplicate_count) },
    { name: "Refused", value: count(counts.error_count) },
    { name: "Refused, still open", value: count(counts.open_error_count) },
  ];
}

/** Uploads that need something, and a link to the list of all uploads of this status since the period began. */
function Uploads({
  title,
  ids,
  todo,
  none,
  status,
  period,
}: {
  title: string;
  ids: string[];
  /** what to do about them */
  todo: string;
  /** said if there are none */
  none: string;
  /** the filter of the list */
  status: string;
  period: BillingPeriod;
}) {
  if (ids.length === 0)
    return (
      <section>
        <h2>{title}</h2>
        <p>{none}</p>
      </section>
    );
  const since = { status, from: localDay(period.start_time) };
  return (
    <section>
      <h2>{title}</h2>
      <p>{todo}</p>
      <UploadLinks ids={ids} />
      <p>
        <a href={href(["uploads"], since)}>View this status in data management</a>
      </p>
    </section>
  );
}

function Meters({ period, meters }: { period: BillingPeriod; meters: MeterSums[] }) {
  if (meters.length === 0) {
    return (
      <Empty>
        <p>No usage in this period.</p>
        <p>
          To add usage, <a href={href(["upload"])}>upload a file</a>.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <p class="hint period-days">
        Plain sums of the values, whatever the meter's aggregation. The first three columns add up
        to the total.
      </p>
      <Table
        caption="Usage by meter"
        columns={[
          {
            name: "Meter",
            heading: true,
            cell: ({ meter, event_name }: MeterSums) => (
              <a href={href(["meters", meter], daysQuery(spanOf(period)))}>{event_name}</a>
            ),
          },
          ...SOURCES,
        ]}
        rows={meters}
        id={({ meter }: MeterSums) => meter}
      />
    </>
  );
}

const SOURCES: Column<MeterSums>[] = [
  { name: "From files", number: true, cell: ({ uploads }) => sum(uploads) },
  { name: "From the API", number: true, cell: ({ api }) => sum(api) },
  { name: "Cancelled", number: true, cell: ({ cancelled }) => sum(cancelled) },
  { name: "Total", number: true, cell: ({ total }) => sum(total) },
];

function sum({ event_count, value_sum }: Sums) {
  return <Sum events={event_count} value={value_sum} />;
}
