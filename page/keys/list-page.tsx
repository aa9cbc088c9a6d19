import { LocalTime, PageTitle } from "../components/display";
import type { Column } from "../components/table";
import { Listed, Table } from "../components/table";
import { ZONE } from "../lib/format";
import { usePages } from "../lib/use-pages";
import type { ApiKey } from "../types";
import type { ListedKey } from "./types";

const PAGE = 25;

const COLUMNS: Column<ListedKey>[] = [
  {
    name: "Key",
    heading: true,
    cell: ({ id, name }) => (
      <>
        {name && <>{name} </>}
        <code>{id}</code>
      </>
    ),
  },
  { name: "Permissions", cell: permissionsOf },
  { name: "Prefix", cell: ({ prefix }) => (prefix === null ? "–" : <code>{prefix}</code>) },
  { name: "Created", cell: ({ created }) => <LocalTime at={created} /> },
  {
    name: "Expires",
    cell: ({ expires_at }) =>
      expires_at === null ? (
        "Never"
      ) : (
        <>
          <LocalTime at={expires_at} />
          {isPast(expires_at) && " (expired)"}
        </>
      ),
  },
  {
    name: "Last used",
    cell: ({ last_used_at }) =>
      last_used_at === null ? "Unknown" : <LocalTime at={last_used_at} />,
  },
];

/** Every API key, newest first. The page can't create or revoke one. */
export function KeysPage() {
  const keys = usePages<ListedKey>("v1/api_keys", { limit: PAGE });
  return (
    <>
      <PageTitle title="API keys" />
      <p>
        To create a key, run{" "}
        <code>make key ROLE=upload NAME="ACME" DAYS=365 PREFIX=uploads/acme/</code> where you deploy
        Meterdrop. To revoke a key, run <code>make revoke ID=key_…</code>. The last use is stored
        once an hour. Times are in {ZONE}.
      </p>
      <Listed list={keys} what="API keys">
        {(things) => (
          <Table
            caption="API keys, newest first"
            columns={COLUMNS}
            rows={things}
            id={({ id }: ListedKey) => id}
          />
        )}
      </Listed>
    </>
  );
}

/** Return what a key allows, in words. */
export function permissionsOf({ type, permissions }: ApiKey) {
  if (type === "secret") return "Everything";
  const words = Object.entries(permissions).map(([resource, level]) => `${resource}:${level}`);
  return words.length === 0 ? "None" : words.join(", ");
}

/**
 * Return whether a time is in the past.
 *
 * @param at epoch seconds
 */
export function isPast(at: number) {
  return at <= Date.now() / 1000;
}
