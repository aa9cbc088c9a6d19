import { useEffect, useRef, useState } from "preact/hooks";
import { Id } from "../components/copy";
import { ConfirmDialog } from "../components/dialog";
import { Facts, LastChange, LocalTime, PageTitle, Status } from "../components/display";
import { announce, Failed, Loading, Notice, Progress } from "../components/feedback";
import type { Column } from "../components/table";
import { Listed, Table } from "../components/table";
import { get, pathPart, post } from "../lib/api";
import { count, ZONE } from "../lib/format";
import { href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import { UploadLinks } from "../uploads/related";
import { spanText } from "../usage/period";
import { titleOf } from "./periods-page";
import { StatementFile } from "./statement-page";
import { reportQuery, spanOf } from "./times";
import type { BillingPeriod, Statement } from "./types";

const PAGE = 25;

/** A billing period and its statements. It refreshes while the period is being closed. */
export function PeriodPage({ parameters: { period: id = "" }, canWrite }: ViewProps) {
  const { answer: period, failure, reload, put } = usePeriod(id);
  const before = useRef("");
  useEffect(() => {
    if (period?.status === "closed" && before.current === "closing")
      announce(`The billing period is closed. Statement ${period.statement_count} is stored.`);
    before.current = period?.status ?? "";
  }, [period?.status]);

  if (period === null) {
    return (
      <>
        <PageTitle title="Billing period" />
        {failure === null ? (
          <Loading what="the billing period" />
        ) : (
          <Failed what="Couldn't load the billing period." error={failure} again={reload} />
        )}
      </>
    );
  }
  return (
    <>
      <p class="back">
        <a href={href(["billing"])}>Billing</a>
      </p>
      <PageTitle title={titleOf(period)}>
        <Status status={period.status} />
        <div class="actions">
          <a class="button" href={href(["billing", "report"], reportQuery(period))}>
            Usage report
          </a>
          <a class="button" href={href(["billing", "periods", id, "reconciliation"])}>
            Reconciliation
          </a>
          {canWrite && <ClosePeriod period={period} put={put} />}
        </div>
      </PageTitle>
      {failure !== null && (
        <Notice kind="warn">This page might be out of date because the API didn't respond.</Notice>
      )}
      <CloseProgress period={period} />
      <section>
        <h2>Statements</h2>
        <Statements key={period.statement_count} period={period} canWrite={canWrite} />
      </section>
      <section>
        <h2>Details</h2>
        <PeriodFacts period={period} />
      </section>
    </>
  );
}

/** Load a billing period. */
export function usePeriod(id: string) {
  return useQuery(
    "billing period",
    (signal) => get(`v1/billing_periods/${pathPart(id)}`, {}, { signal }) as Promise<BillingPeriod>,
    [id],
    { poll: ({ status }) => status === "closing" && PAUSE },
  );
}

function Statements({ period, canWrite }: { period: BillingPeriod; canWrite: boolean }) {
  const statements = usePages<Statement>(`v1/billing_periods/${pathPart(period.id)}/statements`, {
    limit: PAGE,
  });
  const empty = (
    <>
      <p>No statements yet.</p>
      <p>{whatToDo(period, canWrite)}</p>
    </>
  );
  return (
    <Listed list={statements} what="statements" empty={empty}>
      {(things) => (
        <Table
          caption="Statements, newest first"
          columns={COLUMNS}
          rows={things}
          id={({ id }: Statement) => id}
        />
      )}
    </Listed>
  );
}

function whatToDo({ end_time, status }: BillingPeriod, canWrite: boolean) {
  if (status === "closing") return "The first statement appears here in seconds.";
  if (end_time * 1000 > Date.now())
    return "This period hasn't ended yet. You can close it after its end.";
  if (!canWrite) return "Closing the period requires an admin key.";
  return "Check the files in the reconciliation, then close the period.";
}

const COLUMNS: Column<Statement>[] = [
  {
    name: "Statement",
    heading: true,
    cell: ({ billing_period, number }) => (
      <a href={href(["billing", "periods", billing_period, "statements", String(number)])}>
        Statement {number}
      </a>
    ),
  },
  { name: "Kind", cell: ({ number }) => (number === 1 ? "Usage" : "Adjustment") },
  { name: `Usage as of (${ZONE})`, cell: ({ as_of }) => <LocalTime at={as_of} /> },
  { name: "Lines", number: true, cell: ({ line_count }) => count(line_count) },
  { name: "Events", number: true, cell: ({ event_count }) => count(event_count) },
  {
    name: "File",
    cell: (statement) => <StatementFile statement={statement} kind="quiet" />,
  },
];

function PeriodFacts({ period }: { period: BillingPeriod }) {
  const late =
    period.late_policy === "adjust"
      ? "Counted. The next statement has the difference"
      : "Refused, as timestamp_in_closed_period";
  return (
    <Facts
      facts={[
        ["Times (UTC)", spanText(spanOf(period))],
        ["Usage that arrives after the close", late],
        [
          "Meters",
          period.meters?.map((id) => (
            <>
              <a key={id} href={href(["meters", id])}>
                {id}
              </a>{" "}
            </>
          )) ?? "All meters",
        ],
        [
          `Close requested (${ZONE})`,
          period.close_requested_at && <LocalTime at={period.close_requested_at} />,
        ],
        [`Closed (${ZONE})`, period.closed_at && <LocalTime at={period.closed_at} />],
        [`Created (${ZONE})`, <LocalTime at={period.created} />],
        ["Last change", period.last_change && <LastChange change={period.last_change} />],
        ["ID", <Id id={period.id} />],
      ]}
    />
  );
}

/** Milliseconds between two requests for a period that is being closed. */
export const PAUSE = 2000;

/** The button that closes a period. */
export function ClosePeriod({
  period,
  put,
}: {
  period: BillingPeriod;
  put: (period: BillingPeriod) => void;
}) {
  const [open, setOpen] = useState(false);
  const ended = period.end_time * 1000 <= Date.now();
  if (period.status === "closing" || !ended) return null;
  return (
    <>
      <button
        type="button"
        class={period.statement_count === 0 ? "primary" : ""}
        onClick={() => setOpen(true)}
      >
        {period.statement_count === 0 ? "Close period…" : "Close again…"}
      </button>
      {open && <CloseDialog period={period} put={put} close={() => setOpen(false)} />}
    </>
  );
}

function CloseDialog({
  period,
  put,
  close,
}: {
  period: BillingPeriod;
  put: (period: BillingPeriod) => void;
  close: () => void;
}) {
  const act = async (idempotencyKey: string) =>
    put(await post(`v1/billing_periods/${pathPart(period.id)}/close`, {}, { idempotencyKey }));
  const number = period.statement_count + 1;
  return (
    <ConfirmDialog
      title={`Close this billing period${number > 1 ? " again" : ""}?`}
      confirm="Close period"
      act={act}
      close={close}
    >
      <p>
        {number === 1
          ? "Meterdrop stores statement 1. It has one line for each customer and meter with usage."
          : `Meterdrop stores statement ${number}. It has only the differences since statement ${number - 1}.`}{" "}
        A statement never changes, and you can't delete it.
      </p>
      <p>
        {period.late_policy === "adjust"
          ? "Usage that arrives later is still counted. To bill it, close the period again."
          : "From now on, Meterdrop refuses rows and events of this period. You can't undo this. You can still revert uploads and cancel events. To bill these changes, close the period again."}
      </p>
      <p>The close waits for uploads in progress, at most ten minutes.</p>
    </ConfirmDialog>
  );
}

/** The progress of a close. */
export function CloseProgress({
  period: { status, waiting_for, statement_count },
}: {
  period: BillingPeriod;
}) {
  if (status !== "closing") return null;
  return (
    <Notice>
      <Progress
        label={
          waiting_for.length > 0
            ? "Waiting for uploads in progress…"
            : `Making statement ${statement_count + 1}…`
        }
      />
      {waiting_for.length > 0 && <UploadLinks ids={waiting_for} />}
    </Notice>
  );
}
