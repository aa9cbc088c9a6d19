import { useEffect } from "preact/hooks";
import { PageTitle } from "../components/display";
import { announce, Empty, Failed, Loading } from "../components/feedback";
import { Field, useTyped } from "../components/form";
import { LoadMore } from "../components/table";
import { count, counted } from "../lib/format";
import { go, href } from "../lib/router";
import { usePages } from "../lib/use-pages";
import { useQuery } from "../lib/use-query";
import type { ViewProps } from "../types";
import { findExactly, joined, LOOKED_THROUGH, matching, readNewest } from "./search";
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
  const things: Customer[] | null = customers.things;
  if (things === null) {
    if (customers.failure === null) return <Loading what="customers" />;
    return (
      <Failed
        what="Couldn't load the customers."
        error={customers.failure}
        again={customers.more}
      />
    );
  }
  if (things.length === 0) {
    return (
      <Empty>
        <p>No customers yet. Meterdrop refuses usage for customers that aren't registered.</p>
        {canWrite && <p>Add customers one by one, or upload a CSV file of customers.</p>}
      </Empty>
    );
  }
  return (
    <>
      <CustomerTable caption="Customers, newest first" customers={things} />
      <LoadMore {...customers} />
    </>
  );
}

/** The search form for customers. The address contains the search text. */
export function FindCustomer({ text }: { text: string }) {
  const [typed, setTyped] = useTyped(text);
  function find(event: Event) {
    event.preventDefault();
    go(["customers"], { find: typed.trim() });
  }

  const type = (event: Event & { currentTarget: HTMLInputElement }) =>
    setTyped(event.currentTarget.value);
  return (
    <search>
      <form class="filters" onSubmit={find}>
        <Field label="Name, email, or ID">
          {(attributes) => (
            <input
              {...attributes}
              type="search"
              value={typed}
              maxlength={512}
              autocomplete="off"
              onInput={type}
            />
          )}
        </Field>
        <button type="submit">Search</button>
        {text && (
          <button type="button" class="quiet" onClick={() => go(["customers"])}>
            Show all
          </button>
        )}
      </form>
    </search>
  );
}

/** The customers that match a text. A hint says if not all customers were searched. */
export function FoundCustomers({ text }: { text: string }) {
  const { answer, failure, reload } = useQuery(
    "customers found",
    (signal) => search(text, signal),
    [text],
  );
  useEffect(() => {
    if (answer !== null) announce(`${counted(answer.found.length, "customer")} found.`);
  }, [answer]);

  if (failure !== null) return <Failed what="The search failed." error={failure} again={reload} />;
  if (answer === null) return <Loading what="customers" />;
  const { found, all } = answer;
  const far = `Only the newest ${count(LOOKED_THROUGH)} customers were searched. To search all customers, enter a whole ID or email address.`;
  return (
    <>
      {found.length === 0 ? (
        <Empty>
          <p>No customers match “{text}”.</p>
        </Empty>
      ) : (
        <CustomerTable caption="Matching customers" customers={found} />
      )}
      {!all && <p class="hint">{far}</p>}
    </>
  );
}

async function search(text: string, signal: AbortSignal) {
  const [exactly, newest] = await Promise.all([findExactly(text, signal), readNewest(signal)]);
  return { found: joined(exactly, matching(newest.customers, text)), all: newest.all };
}
