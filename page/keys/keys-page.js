import { ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { LoadMore } from "../parts/load-more.js";
import { Failed, Loading } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Table } from "../parts/table.js";
import { LocalTime } from "../parts/time.js";
import { isPast, permissionsOf } from "./words.js";

/** @import {Deeds, State} from "../app/paged.js" */
/** @import {ListedKey} from "./types.js" */

const PAGE = 25;

/** @type {import("../parts/table.js").Column<ListedKey>[]} */
const COLUMNS = [
  {
    name: "Key",
    heading: true,
    cell: ({ id, name }) => html`${name && html`${name} `}<code>${id}</code>`,
  },
  { name: "Permissions", cell: permissionsOf },
  { name: "Prefix", cell: ({ prefix }) => (prefix === null ? "–" : html`<code>${prefix}</code>`) },
  { name: `Created (${ZONE})`, cell: ({ created }) => html`<${LocalTime} at=${created} />` },
  {
    name: `Expires (${ZONE})`,
    cell: ({ expires_at }) =>
      expires_at === null
        ? "Never"
        : html`<${LocalTime} at=${expires_at} />${isPast(expires_at) && " (expired)"}`,
  },
  {
    name: `Last used (${ZONE})`,
    cell: ({ last_used_at }) =>
      last_used_at === null ? "Unknown" : html`<${LocalTime} at=${last_used_at} />`,
  },
];

/** Every API key, newest first. The page can't create or revoke one. */
export function KeysPage() {
  const keys = usePaged("v1/api_keys", { limit: PAGE });
  return html`
    <${PageTitle} title="API keys" />
    <p>
      To create a key, run <code>make key ROLE=upload NAME="ACME" DAYS=365 PREFIX=uploads/acme/</code> where you deploy
      Meterdrop. To revoke a key, run <code>make revoke ID=key_…</code>. The last use is stored once an hour.
    </p>
    <${List} keys=${keys} />
  `;
}

/** @param {{keys: State<ListedKey> & Deeds<ListedKey>}} props */
function List({ keys }) {
  const { things, failure } = keys;
  if (things === null) {
    if (failure === null) return html`<${Loading} what="API keys" />`;
    return html`<${Failed} what="Couldn't load the API keys." error=${failure} again=${keys.more} />`;
  }
  return html`
    <${Table} caption="API keys, newest first" columns=${COLUMNS} rows=${things} id=${(/** @type {ListedKey} */ { id }) => id} />
    <${LoadMore} ...${keys} />
  `;
}
