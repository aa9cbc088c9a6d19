import { useEffect, useRef } from "preact/hooks";
import { ApiError, get } from "../app/api.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { usePoll, useSeenAgain } from "../app/poll.js";
import { href } from "../app/router.js";
import { announce } from "../parts/announcer.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading, Notice } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { statusWords } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { columns } from "./columns.js";
import { asked, Filters } from "./filters.js";
import { isMoving, PAUSE } from "./moving.js";

/** @import {Upload, ViewProps} from "../types.js" */

const PAGE = 25;
const QUIET_PAUSE = 5000; // milliseconds; partners upload files at any time

/** Data management: all uploads, newest first. The list refreshes. @param {ViewProps} props */
export function UploadsPage({ query, canWrite }) {
  const uploads = usePaged("v1/uploads", { ...asked(query), limit: PAGE });
  /** @type {Upload[]} */
  const shown = uploads.things ?? [];
  useSpokenChanges(shown);
  useSeenAgain(uploads.refresh);
  const pause = shown.some(isMoving) ? PAUSE : QUIET_PAUSE;
  usePoll(() => refresh(shown, uploads), pause, uploads.things !== null);

  return html`
    <${PageTitle} title="Data management">
      <div class="actions">
        <button type="button" onClick=${uploads.refresh}>Refresh</button>
        ${canWrite && html`<a class="button primary" href=${href(["upload"])}>Upload files</a>`}
      </div>
    <//>
    <${Filters} query=${query} />
    ${uploads.stale && html`<${Notice} kind="warn">This list might be out of date because the API didn't respond.<//>`}
    ${body()}
  `;

  function body() {
    if (uploads.things === null) {
      if (uploads.failure === null) return html`<${Loading} what="uploads" />`;
      return html`<${Failed} what="Couldn't load the uploads." error=${inWords(uploads.failure)} again=${uploads.more} />`;
    }
    if (shown.length === 0)
      return html`<${NoUploads} narrowed=${query.size > 0} canWrite=${canWrite} />`;
    return html`
      <${Table} caption="Uploads, newest first" columns=${columns} rows=${shown} id=${(/** @type {Upload} */ { id }) => id} />
      <${LoadMore} ...${uploads} failure=${inWords(uploads.failure)} />
    `;
  }
}

/** The API's message names its parameters. Name the labels of the filters instead. @param {unknown} failure */
function inWords(failure) {
  if (!(failure instanceof ApiError) || failure.code !== "filter_too_broad") return failure;
  return new Error(
    "Too many uploads to search. Choose fewer days in Received from and Received to.",
  );
}

/** @param {{narrowed: boolean, canWrite: boolean}} props */
function NoUploads({ narrowed, canWrite }) {
  if (narrowed)
    return html`<${Empty}><p>No uploads match your filters. <a href=${href(["uploads"])}>View all uploads</a></p><//>`;
  return html`
    <${Empty}>
      <p>No uploads yet.</p>
      ${canWrite && html`<p><a href=${href(["upload"])}>Upload your first file</a></p>`}
    <//>
  `;
}

/**
 * Load the first page again, and each upload of the later pages that isn't final.
 *
 * @param {Upload[]} shown
 * @param {{refresh: () => Promise<void>, put: (upload: Upload) => void}} uploads
 */
async function refresh(shown, uploads) {
  await uploads.refresh();
  for (const { id } of shown.slice(PAGE).filter(isMoving)) {
    // If it fails now, the next refresh tries again.
    await get(`v1/uploads/${id}`).then(uploads.put, () => {});
  }
}

/** Have screen readers read which uploads became final. @param {Upload[]} shown */
function useSpokenChanges(shown) {
  const moving = useRef(/** @type {Set<string>} */ (new Set()));
  useEffect(() => {
    const final = shown.filter((upload) => moving.current.has(upload.id) && !isMoving(upload));
    const words = final.map(({ file_name, status }) => `${file_name}: ${statusWords(status)}`);
    if (words.length > 0) announce(words.join(". "));
    moving.current = new Set(shown.filter(isMoving).map(({ id }) => id));
  }, [shown]);
}
