import { pathPart } from "../app/api.js";
import { downloadFromBucket } from "../app/download.js";
import { html } from "../app/html.js";
import { Action } from "../parts/action.js";

/** @import {Statement} from "./types.js" */

/** The button that downloads a statement. @param {{statement: Statement, kind?: string}} props `kind` is its class */
export function StatementFile({ statement: { id, billing_period, number }, kind }) {
  const path = `v1/billing_periods/${pathPart(billing_period)}/statements/${number}/file`;
  const act = () => downloadFromBucket(path, `${id}.csv`);
  return html`<${Action} act=${act} kind=${kind} label="Download statement ${number}">Download CSV<//>`;
}
