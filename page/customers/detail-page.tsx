import { Id } from "../components/copy";
import { Facts, LastChange, LocalTime, PageTitle } from "../components/display";
import { Failed, Loading, Notice } from "../components/feedback";
import { ZONE } from "../lib/format";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import { CustomerActions } from "./actions";
import { readCustomer } from "./name";
import { NoCustomer } from "./of-customer";
import { isMissing } from "./search";
import type { Customer } from "./types";
import { CustomerUsage } from "./usage";

/** One customer and its usage of every meter in a period. */
export function CustomerPage({ parameters, query, canWrite }: ViewProps) {
  const id = parameters.customer ?? "";
  const asked = useQuery("customer", (signal) => readCustomer(id, signal), [id]);
  const { answer, failure } = asked;
  const customer = answer === null || "deleted" in answer ? null : answer;
  return (
    <>
      <p class="back">
        <a href={href(["customers"])}>Customers</a>
      </p>
      <PageTitle title={customer?.name ?? id}>
        {customer && canWrite && <CustomerActions customer={customer} put={asked.put} />}
      </PageTitle>
      {isMissing(failure) && <NoCustomer id={id} all={href(["customers"])} />}
      {failure !== null && !isMissing(failure) && (
        <Failed what="Couldn't load the customer." error={failure} again={asked.reload} />
      )}
      {failure === null && answer === null && <Loading what="the customer" shape="facts" />}
      {answer !== null && customer === null && <Notice kind="warn">{DELETED}</Notice>}
      {customer && <CustomerFacts customer={customer} />}
      {answer !== null && <CustomerUsage id={id} query={query} />}
    </>
  );
}

const DELETED =
  "This customer was deleted. Meterdrop refuses new usage for it. Existing usage stays available.";

function CustomerFacts({ customer }: { customer: Customer }) {
  return (
    <Facts
      facts={[
        ["Email", customer.email],
        ["Description", customer.description],
        ...Object.entries(customer.metadata),
        [`Created (${ZONE})`, <LocalTime at={customer.created} />],
        ["Last change", customer.last_change && <LastChange change={customer.last_change} />],
        ["ID", <Id id={customer.id} />],
      ]}
    />
  );
}
