import type { ApiKey } from "../types";

/** The API's object, as in docs/api.md. */
export interface ListedKey extends ApiKey {
  last_used_at: number | null;
}
