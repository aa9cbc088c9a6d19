import { count } from "../app/format.js";
import { html } from "../app/html.js";
import { PageTitle } from "../parts/page-title.js";
import { DropZone } from "./drop-zone.js";
import { FileList } from "./file-list.js";
import { LIMIT } from "./inspect.js";
import { KindChoice } from "./kind-choice.js";
import { useMissedDrops } from "./missed-drop.js";
import { add } from "./queue.js";
import { Template } from "./template.js";

/** @import {ViewProps} from "../types.js" */

/** The view that uploads files and shows their results. @param {ViewProps} props */
export function UploadPage({ query }) {
  const kind = query.get("kind") === "customers" ? "customers" : "usage";
  useMissedDrops();
  return html`
    <${PageTitle} title="Upload" />
    <${KindChoice} kind=${kind} />
    <${DropZone} words="Drop CSV files here" take=${(/** @type {File[]} */ files) => add(files, kind)}>
      <p class="hint">
        Maximum file size: ${count(LIMIT)} bytes (5 MB). Encoding: UTF-8 or UTF-16.${" "}
        ${
          kind === "usage"
            ? "Required columns: timestamp, event_name, and a customer column. The template lists all columns."
            : html`Columns: <code>id</code> (required), <code>name</code>, and <code>email</code>.`
        }
      </p>
    <//>
    ${kind === "usage" && html`<${Template} key=${query.get("meter")} meter=${query.get("meter") ?? ""} />`}
    <${FileList} />
  `;
}
