import { get, pathPart } from "../lib/api";
import { client } from "../lib/client";
import { limited } from "../lib/limited";
import { href } from "../lib/router";
import { useQuery } from "../lib/use-query";
import type { Customer, DeletedCustomer } from "./types";

const KEPT = 10 * 60_000; // milliseconds; names change seldom

/** A customer's name above the ID, as a link. Without a name, only the ID. */
export function CustomerName({
  id,
  to = href(["customers", id]),
}: {
  id: string;
  /** the href; the default is the customer's page */
  to?: string;
}) {
  const name = useCustomerName(id);
  return (
    <span class="customer-name">
      <a href={to} class={name ? undefined : "code"}>
        {name ?? id}
      </a>
      {name && <span class="code weak">{id}</span>}
    </span>
  );
}

/** Return where the shared answers have a customer. */
export function keyOf(id: string) {
  return ["customer", id];
}

export function readCustomer(
  id: string,
  signal?: AbortSignal,
): Promise<Customer | DeletedCustomer> {
  return get(`v1/customers/${pathPart(id)}`, {}, { signal });
}

/**
 * Return a customer's name, or null until it is loaded and if there is none.
 *
 * @param id or "" for no customer
 */
export function useCustomerName(id: string): string | null {
  const { answer } = useQuery(
    "customer",
    (signal) => limited(() => readCustomer(id, signal)),
    [id],
    {
      staleTime: KEPT,
      enabled: id !== "",
    },
  );
  return answer === null ? null : nameIn(answer);
}

/** Return a customer's name. @returns null if there is none, or if the key can't read it */
export async function nameOf(id: string): Promise<string | null> {
  const customer = await client
    .fetchQuery({
      queryKey: keyOf(id),
      queryFn: ({ signal }) => limited(() => readCustomer(id, signal)),
      staleTime: KEPT,
    })
    .catch(() => null);
  return customer === null ? null : nameIn(customer);
}

function nameIn(customer: Customer | DeletedCustomer) {
  return "deleted" in customer ? null : customer.name;
}
