import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get, pathPart } from "../lib/api";
import type { List } from "../types";
import type { Customer, DeletedCustomer, Matches, Newest } from "./types";

/**
 * Search for customers. The API finds all customers by a whole ID or email address. A search by a part of a name, ID, or
 * email address covers only the newest customers.
 */

const NOT_FOUND = 404;

export function matching(customers: Customer[], text: string) {
  const wanted = text.trim().toLowerCase();
  return customers.filter(({ id, name, email }) =>
    [id, name, email].some((field) => field?.toLowerCase().includes(wanted)),
  );
}

/** @param text a whole ID or email address */
export async function findExactly(text: string, signal?: AbortSignal): Promise<Customer[]> {
  const wanted = text.trim();
  const [byId, byEmail] = await Promise.all([
    findById(wanted, signal),
    findByEmail(wanted, signal),
  ]);
  return joined(byId, byEmail);
}

async function findByEmail(email: string, signal?: AbortSignal): Promise<Customer[]> {
  const page: List<Customer> = await get("v1/customers", { email, limit: 100 }, { signal });
  return page.data;
}

/** @returns each customer once, in order */
export function joined(...lists: Customer[][]): Customer[] {
  return [...new Map(lists.flat().map((customer) => [customer.id, customer])).values()];
}

/** @returns none or one */
async function findById(id: string, signal?: AbortSignal): Promise<Customer[]> {
  if (id.includes("?")) return []; // no ID has one, and API Gateway ends the path there
  try {
    const found: Customer | DeletedCustomer = await get(
      `v1/customers/${pathPart(id)}`,
      {},
      { signal },
    );
    return "deleted" in found ? [] : [found];
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return [];
    throw error;
  }
}

/** The newest customers, up to the limit of a search. */

const PAGE = 100;
export const LOOKED_THROUGH = 1_000;

export async function readNewest(signal?: AbortSignal): Promise<Newest> {
  const customers: Customer[] = [];
  while (customers.length < LOOKED_THROUGH) {
    const page: List<Customer> = await get(
      "v1/customers",
      { limit: PAGE, starting_after: customers.at(-1)?.id },
      { signal },
    );
    customers.push(...page.data);
    if (!page.has_more) return { customers, all: true };
  }
  return { customers, all: false };
}

const SHOWN = 8;
const PAUSE = 300; // milliseconds of no typing before the API is asked

/**
 * Return the newest customers that match a text, and any customer with exactly this ID or email address.
 *
 * @param active whether the list is open
 */
export function useMatches(text: string, active: boolean): Matches {
  const [newest, setNewest] = useState<Newest | null>(null);
  const [exact, setExact] = useState<Customer[]>([]);
  const [failed, setFailed] = useState(false);
  const asked = useRef(false);

  useEffect(() => {
    if (!active || asked.current) return;
    asked.current = true;
    readNewest().then(setNewest, () => {
      asked.current = false;
      setFailed(true);
    });
  }, [active]);

  const beyond = active && newest !== null && !newest.all && text.trim() !== "";
  useEffect(() => {
    setExact([]);
    if (!beyond) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      findExactly(text, controller.signal).then(setExact, () => {});
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text, beyond]);

  const found = joined(exact, matching(newest?.customers ?? [], text));
  return {
    customers: found.slice(0, SHOWN),
    more: Math.max(0, found.length - SHOWN),
    all: newest?.all ?? true,
    loading: newest === null && !failed,
    failed: failed && newest === null,
  };
}
