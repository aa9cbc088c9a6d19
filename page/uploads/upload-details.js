import { useEffect } from "preact/hooks";
import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { ApiError } from "../app/api-error.js";
import { html } from "../app/html.js";
import { can } from "../app/permissions.js";
import { usePoll } from "../app/poll.js";
import { href } from "../app/router.js";
import { announce } from "../parts/announcer.js";
import { Failed, Loading, Notice } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Status } from "../parts/status.js";
import { Children } from "./children.js";
import { Counts } from "./counts.js";
import { Files } from "./files.js";
import { History } from "./history.js";
import { LeftByRevert } from "./left-by-revert.js";
import { Lifecycle } from "./lifecycle.js";
import { isMoving, PAUSE } from "./moving.js";
import { Outcome } from "./outcome.js";
import { RowErrors } from "./row-errors.js";
import { sentence } from "./sentence.js";
import { Totals } from "./totals.js";
import { UploadFacts } from "./upload-facts.js";

/** @import {Upload, ViewProps} from "../types.js" */

const REVERTED = ["reverting", "reverted"];

/** The view of one upload. It refreshes until the upload is final. @param {ViewProps} props */
export function UploadDetails({ parameters: { id = "" }, canWrite }) {
  const asked = useAnswer(
    (signal) => /** @type {Promise<Upload>} */ (get(`v1/uploads/${pathPart(id)}`, {}, { signal })),
    [id],
  );
  const upload = asked.answer;
  usePoll(asked.reload, PAUSE, upload !== null && isMoving(upload));
  useEffect(() => {
    if (upload !== null) announce(sentence(upload));
  }, [upload?.status]);

  if (upload === null) {
    return html`
      <${PageTitle} title="Upload" />
      ${asked.failure === null ? html`<${Loading} what="the upload" />` : html`<${NotLoaded} asked=${asked} id=${id} />`}
    `;
  }
  return html`
    <p class="back"><a href=${href(["uploads"])}>Data management</a></p>
    <${PageTitle} title=${upload.file_name}>
      <${Status} status=${upload.status} />
      <div class="actions">
        <${Files} upload=${upload} />
        ${canWrite && html`<${Lifecycle} upload=${upload} put=${asked.put} />`}
      </div>
    <//>
    ${asked.failure !== null && html`<${Notice} kind="warn">This page might be out of date because the API didn't respond.<//>`}
    <${Outcome} upload=${upload} canWrite=${can("files:write")} />
    ${REVERTED.includes(upload.status) && html`<${LeftByRevert} upload=${upload} />`}
    <${Counts} upload=${upload} />
    <${Totals} upload=${upload} />
    <${RowErrors} upload=${upload} />
    <${Children} key=${upload.status} upload=${upload} />
    <${History} key=${`${upload.status} ${upload.run}`} upload=${upload} />
    <${UploadFacts} upload=${upload} />
  `;
}

/** @param {{asked: {failure: unknown, reload: () => void}, id: string}} props */
function NotLoaded({ asked, id }) {
  if (asked.failure instanceof ApiError && asked.failure.status === 404) {
    return html`<${Notice}><p>Upload ${id} doesn't exist. <a href=${href(["uploads"])}>View all uploads</a></p><//>`;
  }
  return html`<${Failed} what="Couldn't load the upload." error=${asked.failure} again=${asked.reload} />`;
}
