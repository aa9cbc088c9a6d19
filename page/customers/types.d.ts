import type { Change } from "../types";

/** The API's objects about customers, as in docs/api.md. */

export interface Customer {
  id: string;
  object: "customer";
  created: number;
  description: string | null;
  email: string | null;
  last_change: Change | null;
  livemode: true;
  metadata: Record<string, string>;
  name: string | null;
}

export interface DeletedCustomer {
  id: string;
  object: "customer";
  deleted: true;
}

/** The newest customers; `all` says whether there are no older ones. */
export interface Newest {
  customers: Customer[];
  all: boolean;
}

/** The customers that match a text, up to the number shown. */
export interface Matches {
  customers: Customer[];
  /** The number of further matches. */
  more: number;
  all: boolean;
  loading: boolean;
  failed: boolean;
}
