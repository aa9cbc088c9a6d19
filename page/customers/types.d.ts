/** What is about customers, as docs/api.md has it. */

export interface Customer {
  id: string;
  object: "customer";
  created: number;
  description: string | null;
  email: string | null;
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

/** The customers who match a text, as many as are shown at once. */
export interface Matches {
  customers: Customer[];
  /** How many match beside them. */
  more: number;
  all: boolean;
  loading: boolean;
  failed: boolean;
}
