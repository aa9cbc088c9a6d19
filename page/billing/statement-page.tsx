import { Action } from "../components/action";
import { Id } from "../components/copy";
import { Facts, LocalTime, PageTitle } from "../components/display";
import { Failed, Loading, Notice } from "../components/feedback";
import type { Column } from "../components/table";
import { Listed, Table } from "../components/table";
import { CustomerName } from "../customers/name";
import { get, pathPart } from "../lib/api";
import { downloadFromBucket } from "../lib/download";
import { count, size, ZONE } from "../lib/format";
import { href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import { UploadLinks } from "../uploads/related";
import { daysQuery } from "../usage/period";
import { Sum } from "../usage/sum";
import { usePeriod } from "./period-page";
import { titleOf } from "./periods-page";
import { spanOf } from "./times";
import type { BillingPeriod, Statement, StatementLine } from "./types";

const PAGE = 50;

/** A statement and its lines, which never change. */
export function StatementPage({ parameters: { period: id = "", number = "" } }: ViewProps) {
  const { answer: period } = usePeriod(id);
  const {
    answer: statement,
    failure,
    reload,
  } = useQuery(
    "statement",
    async (signal) =>
      (await get(
        `v1/billing_periods/${pathPart(id)}/statements/${pathPart(number)}`,
        {},
        { signal },
      )) as Statement,
    [id, number],
  );
  return (
    <>
      <p class="back">
        <a href={href(["billing", "periods", id])}>
          {period === null ? "Billing period" : titleOf(period)}
        </a>
      </p>
      <PageTitle title={`Statement ${number}`}>
        {statement && (
          <div class="actions">
            <StatementFile statement={statement} />
          </div>
        )}
      </PageTitle>
      {failure !== null && (
        <Failed what="Couldn't load the statement." error={failure} again={reload} />
      )}
      {failure === null && statement === null && <Loading what="the statement" />}
      {statement && <Content statement={statement} period={period} />}
    </>
  );
}

function Content({ statement, period }: { statement: Statement; period: BillingPeriod | null }) {
  return (
    <>
      {statement.unfinished_uploads.length > 0 && <Unfinished ids={statement.unfinished_uploads} />}
      <Lines statement={statement} period={period} />
      <section>
        <h2>Details</h2>
        <Facts
          facts={[
            [`Usage as of (${ZONE})`, <LocalTime at={statement.as_of} />],
            [`Created (${ZONE})`, <LocalTime at={statement.created} />],
            ["Lines", count(statement.line_count)],
            ["Events", count(statement.event_count)],
            [
              "File in the bucket",
              <>
                <code>{statement.file.key}</code>, {size(statement.file.size)}
              </>,
            ],
            ["SHA-256 of the file", <code>{statement.file.sha256}</code>],
            ["ID", <Id id={statement.id} />],
          ]}
        />
      </section>
    </>
  );
}

function Unfinished({ ids }: { ids: string[] }) {
  return (
    <Notice kind="warn">
      <p>
        These uploads were still in progress. Wait until they are final, then close the period
        again:
      </p>
      <UploadLinks ids={ids} />
    </Notice>
  );
}

function Lines({
  statement: { billing_period, number },
  period,
}: {
  statement: Statement;
  period: BillingPeriod | null;
}) {
  const lines = usePages<StatementLine>(
    `v1/billing_periods/${billing_period}/statements/${number}/lines`,
    {
      limit: PAGE,
    },
  );
  const why =
    number === 1 ? "No usage in this period." : "Nothing changed since the previous statement.";
  const empty = <p>{why} This statement has no lines, so there is nothing to bill.</p>;
  return (
    <Listed list={lines} what="lines" empty={empty}>
      {(things) => (
        <>
          <p class="hint period-days">
            Bill the amount. For the aggregations max, min, and last, bill the total of the newest
            statement that has the line.
          </p>
          <Table
            caption="Lines"
            columns={columnsOf(period)}
            rows={things}
            id={({ id }: StatementLine) => id}
          />
        </>
      )}
    </Listed>
  );
}

/** @param period of the links, null while it is loading */
const columnsOf = (period: BillingPeriod | null): Column<StatementLine>[] => [
  {
    name: "Customer",
    heading: true,
    cell: ({ customer }) => <CustomerName id={customer} />,
  },
  {
    name: "Meter",
    cell: ({ meter, event_name, customer }) => {
      const query = { customer, ...(period === null ? {} : daysQuery(spanOf(period))) };
      return <a href={href(["meters", meter], query)}>{event_name}</a>;
    },
  },
  {
    name: "Amount",
    number: true,
    cell: (line) => <Sum events={line.event_count} value={line.aggregated_value_decimal} />,
  },
  {
    name: "Total of the period",
    number: true,
    cell: (line) => (
      <Sum events={line.total_event_count} value={line.total_aggregated_value_decimal} />
    ),
  },
];

/** The button that downloads a statement. */
export function StatementFile({
  statement: { id, billing_period, number },
  kind,
}: {
  statement: Statement;
  /** the class of the button */
  kind?: string;
}) {
  const path = `v1/billing_periods/${pathPart(billing_period)}/statements/${number}/file`;
  const act = () => downloadFromBucket(path, `${id}.csv`);
  return (
    <Action act={act} kind={kind} label={`Download CSV of statement ${number}`}>
      Download CSV
    </Action>
  );
}
