import { useEffect, useState } from "preact/hooks";
import { ApiError, get, pathPart } from "../lib/api";
import { client } from "../lib/client";
import { useQuery } from "../lib/use-query";
import type { List } from "../types";
import { keyOf } from "./name";
import type { Customer, DeletedCustomer, Found, Matches } from "./types";

/**
 * Search all customers by a part of an ID, name, or email address.
 *
 * @param text or "" for the newest customers
 * @returns at most `limit` customers, one with exactly this ID first
 */
export async function searchCustomers(
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<Found> {
  const page: List<Customer> = await (text === ""
    ? get("v1/customers", { limit }, { signal })
    : withPart(text, limit, signal));
  const isExact = ({ id }: Customer) => id === text;
  const exact = page.has_more && !page.data.some(isExact) ? await byId(text, signal) : [];
  const customers = [...exact, ...page.data].toSorted((a, b) => +isExact(b) - +isExact(a));
  for (const customer of customers) client.setQueryData(keyOf(customer.id), customer);
  return { customers: customers.slice(0, limit), more: page.has_more };
}

/** Return at most `limit` customers whose ID, name, or email address contains a text. */
export function withPart(
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<List<Customer>> {
  const quoted = `'${text.replace(/[\\']/g, "\\$&")}'`;
  const query = ["id", "name", "email"].map((field) => `${field}~${quoted}`).join(" OR ");
  return get("v1/customers/search", { query, limit }, { signal });
}

/** @returns none or one */
async function byId(id: string, signal: AbortSignal): Promise<Customer[]> {
  if (id === "" || id.includes("?")) return [];
  const path = `v1/customers/${pathPart(id)}`;
  const found = await get<Customer | DeletedCustomer>(path, {}, { signal }).catch((error) => {
    if (isMissing(error)) return null;
    throw error;
  });
  return found === null || "deleted" in found ? [] : [found];
}

/** Return whether the API said that there is no such customer. */
export function isMissing(failure: unknown) {
  return failure instanceof ApiError && failure.status === 404;
}

/** Milliseconds without typing before the API is asked. */
export const PAUSE = 250;

/** Return a text once nobody has changed it for a moment. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

const SHOWN = 8;

/**
 * Return the customers that match a text while somebody types it.
 *
 * @param active whether the list is open
 */
export function useMatches(typed: string, active: boolean): Matches {
  const text = typed.trim();
  const settled = useSettled(text);
  const { answer, failure } = useQuery(
    "customers found",
    (signal) => searchCustomers(settled, SHOWN, signal),
    [settled, SHOWN],
    { enabled: active },
  );
  const isReady = text === settled && answer !== null;
  return {
    customers: isReady ? answer.customers : [],
    more: isReady && answer.more,
    loading: !isReady && (text !== settled || failure === null),
    failed: text === settled && answer === null && failure !== null,
  };
}
