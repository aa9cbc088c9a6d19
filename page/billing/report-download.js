import { useEffect, useRef, useState } from "preact/hooks";
import { get, send } from "../app/api.js";
import { downloadFromBucket, save } from "../app/download.js";
import { counted } from "../app/format.js";
import { html } from "../app/html.js";
import { Action } from "../parts/action.js";
import { Progress } from "../parts/progress.js";

/** @import {Query} from "../types.js" */
/** @import {ReportFile} from "./types.js" */

const PAUSE = 2000; // milliseconds between two requests for a file that isn't finished
const NAME = "usage-report.csv";
const ACCEPTED = 202;

/** The button that downloads all lines of a report as one CSV file. @param {{query: Query}} props of the report */
export function ReportDownload({ query }) {
  const [lines, setLines] = useState(/** @type {number | null} */ (null));
  const left = useRef(false);
  useEffect(
    () => () => {
      left.current = true;
    },
    [],
  );

  async function act() {
    const answer = await send("GET", "v1/usage_reports", { query, accept: "text/csv" });
    if (answer.status !== ACCEPTED) return save(await answer.blob(), NAME);
    try {
      await whenWritten(await answer.json());
    } finally {
      setLines(null);
    }
  }

  /** Large reports are written in the background. @param {ReportFile} file */
  async function whenWritten(file) {
    const path = `v1/usage_reports/${file.id}`;
    while (file.status === "processing") {
      setLines(file.line_count);
      await new Promise((resume) => setTimeout(resume, PAUSE));
      if (left.current) return;
      file = await get(path);
    }
    if (file.failure !== null) throw new Error(file.failure.message);
    await downloadFromBucket(`${path}/file`, NAME);
  }

  return html`
    <div class="actions">
      <${Action} act=${act}>Download CSV<//>
      ${lines !== null && html`<${Progress} label="Writing the file: ${counted(lines, "line")} so far" />`}
    </div>
  `;
}
