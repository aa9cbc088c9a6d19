import { useEffect, useRef } from "preact/hooks";
import { PageTitle } from "../components/display";
import { announce, Empty, Failed, Loading } from "../components/feedback";
import { Field, useTyped } from "../components/form";
import { Listed } from "../components/table";
import { ApiError } from "../lib/api";
import { counted } from "../lib/format";
import { go, href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import { PAUSE, searchCustomers } from "./search";
import { CustomerTable } from "./table";
import type { Customer } from "./types";

const PAGE = 50;

/** All customers, newest first, or the search results. */
export function CustomersPage({ query, canWrite }: ViewProps) {
  const text = query.get("find") ?? "";
  return (
    <>
      <PageTitle title="Customers">
        {canWrite && (
          <div class="actions">
            <a class="button" href={href(["upload"], { kind: "customers" })}>
              Upload customers
            </a>
            <a class="button primary" href={href(["customers", "add", "one"])}>
              Add customer
            </a>
          </div>
        )}
      </PageTitle>
      <FindCustomer text={text} />
      {text === "" ? <All canWrite={canWrite} /> : <FoundCustomers text={text} />}
    </>
  );
}

function All({ canWrite }: { canWrite: boolean }) {
  const customers = usePages<Customer>("v1/customers", { limit: PAGE });
  const empty = (
    <>
      <p>No customers yet. Meterdrop refuses usage for customers that aren't registered.</p>
      {canWrite && <p>Add customers one by one, or upload a CSV file of customers.</p>}
    </>
  );
  return (
    <Listed list={customers} what="customers" empty={empty}>
      {(things) => <CustomerTable caption="Customers, newest first" customers={things} />}
    </Listed>
  );
}

/** The search for customers. The address contains the text, so that you can come back to the results. */
export function FindCustomer({ text }: { text: string }) {
  const [typed, setTyped] = useTyped(text);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const stop = () => clearTimeout(timer.current);
  const find = (wanted: string) => {
    stop();
    if (wanted !== text) go(["customers"], { find: wanted }, { replace: text !== "" });
  };
  useEffect(() => stop, []);

  return (
    <search>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          find(typed.trim());
        }}
      >
        <Field label="Name, email, or ID">
          {(attributes) => (
            <input
              {...attributes}
              type="search"
              value={typed}
              maxlength={512}
              autocomplete="off"
              onInput={({ currentTarget: { value } }) => {
                setTyped(value);
                stop();
                timer.current = setTimeout(() => find(value.trim()), PAUSE);
              }}
            />
          )}
        </Field>
        <button type="submit">Search</button>
        {text && (
          <button type="button" class="quiet" onClick={() => find("")}>
            Show all
          </button>
        )}
      </form>
    </search>
  );
}

/** The customers that match a text. */
export function FoundCustomers({ text }: { text: string }) {
  const { answer, failure, loading, reload } = useQuery(
    "customers found",
    (signal) => searchCustomers(text, MOST, signal),
    [text, MOST],
    { keep: true },
  );
  useEffect(() => {
    if (answer !== null && !loading)
      announce(`${counted(answer.customers.length, "customer")} found.`);
  }, [answer, loading]);

  if (failure !== null)
    return <Failed what="The search failed." error={inWords(failure)} again={reload} />;
  if (answer === null) return <Loading what="customers" />;
  const { customers, more } = answer;
  if (customers.length === 0)
    return (
      <Empty>
        <p>No customers match “{text}”.</p>
      </Empty>
    );
  return (
    <>
      <CustomerTable caption="Matching customers" customers={customers} />
      {more && <p class="hint">The first {MOST} matches. To narrow the search, type more.</p>}
    </>
  );
}

const MOST = 100;

/** The API's message is for programs. */
function inWords(failure: unknown) {
  if (!(failure instanceof ApiError) || failure.code !== "filter_too_broad") return failure;
  return new Error("None of the first 100,000 customers matches. Open the customer by its ID.");
}
