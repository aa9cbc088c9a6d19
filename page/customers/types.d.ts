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

/** Customers that match a text. `more`: there are others. */
export interface Found {
  customers: Customer[];
  more: boolean;
}

/** The customers to choose from while somebody types. They are empty until they match the text as it is now. */
export interface Matches extends Found {
  loading: boolean;
  failed: boolean;
}
