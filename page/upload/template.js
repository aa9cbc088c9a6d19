import { useState } from "preact/hooks";
import { useAnswer } from "../app/answer.js";
import { get } from "../app/api.js";
import { downloadAnswer } from "../app/download.js";
import { html } from "../app/html.js";
import { Action } from "../parts/action.js";
import { Field } from "../parts/field.js";

/** @import {List} from "../types.js" */

/** @typedef {{id: string, event_name: string, display_name: string}} Meter */

/** The download of a CSV template, for one meter or all. @param {{meter: string}} props its event name */
export function Template({ meter }) {
  const [chosen, setChosen] = useState(meter);
  const { answer, failure } = useAnswer(
    (signal) =>
      /** @type {Promise<List<Meter>>} */ (
        get("v1/billing/meters", { status: "active", limit: 100 }, { signal })
      ),
    [],
  );
  const meters = (answer?.data ?? []).map(({ event_name, display_name }) => ({
    event_name,
    display_name,
  }));
  if (meter !== "" && meters.every(({ event_name }) => event_name !== meter)) {
    meters.unshift({ event_name: meter, display_name: meter });
  }
  const act = () =>
    downloadAnswer("v1/template.csv", { meter: chosen }, `${chosen || "usage"}-template.csv`);
  return html`
    <div class="template">
      <${Field} label="CSV template for" error=${failure === null ? undefined : "Couldn't load the meters."}>
        ${(/** @type {object} */ attributes) => html`
          <select ...${attributes} value=${chosen} onChange=${(/** @type {any} */ event) => setChosen(event.target.value)}>
            <option value="">All meters</option>
            ${meters.map(
              ({ event_name, display_name }) =>
                html`<option key=${event_name} value=${event_name}>${display_name} (${event_name})</option>`,
            )}
          </select>
        `}
      <//>
      <${Action} act=${act}>Download template<//>
    </div>
  `;
}
