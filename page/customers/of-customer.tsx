import type { ComponentChildren } from "preact";
import { Failed, Loading } from "../components/feedback";
import { get, pathPart } from "../lib/api";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { Customer, DeletedCustomer } from "./types";

/** Content about one customer, below the customer's name. If the customer doesn't exist, only the error. */
export function OfCustomer({ id, children }: { id: string; children: ComponentChildren }) {
  const { answer, failure, reload } = useQuery(
    "customer",
    (signal) =>
      get(`v1/customers/${pathPart(id)}`, {}, { signal }) as Promise<Customer | DeletedCustomer>,
    [id],
  );
  if (failure !== null)
    return <Failed what="Couldn't load the customer." error={failure} again={reload} />;
  if (answer === null) return <Loading what="the customer" shape="lines" />;
  const name = "deleted" in answer ? `${id} (deleted)` : (answer.name ?? id);
  return (
    <>
      <p class="of-customer">
        Showing only <a href={href(["customers", id])}>{name}</a>
      </p>
      {children}
    </>
  );
}
