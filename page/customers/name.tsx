import { useEffect, useState } from "preact/hooks";
import { get, pathPart } from "../lib/api";
import { limited } from "../lib/limited";
import { href } from "../lib/router";
import { session } from "../lib/session";
import type { Session } from "../types";
import type { Customer, DeletedCustomer } from "./types";

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

/** Return a customer's name, or null until it is loaded and if there is none. */
export function useCustomerName(id: string): string | null {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    let shown = true;
    setName(null);
    nameOf(id).then((found) => shown && setName(found));
    return () => {
      shown = false;
    };
  }, [id]);
  return name;
}

// The names of a key's customers are forgotten with the key.
const known = new WeakMap<Session, Map<string, Promise<string | null>>>();

/** Return a customer's name. It is loaded once. @returns null if there is none, or if the key can't read it */
export function nameOf(id: string): Promise<string | null> {
  if (session.value === null) return Promise.resolve(null);
  const names = known.get(session.value) ?? new Map<string, Promise<string | null>>();
  known.set(session.value, names);
  const name = names.get(id) ?? limited(() => load(id)).catch(() => null);
  names.set(id, name);
  return name;
}

async function load(id: string) {
  const customer: Customer | DeletedCustomer = await get(`v1/customers/${pathPart(id)}`);
  return "deleted" in customer ? null : customer.name;
}
