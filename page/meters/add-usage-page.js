import { useState } from "preact/hooks";
import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Failed, Loading, Notice } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { HandEntry } from "./hand-entry.js";

/** @import {ViewProps} from "../types.js" */
/** @import {Meter} from "./types.js" */

/** A form that adds one event to a meter, with a link to upload a file. @param {ViewProps} props */
export function AddUsagePage({ parameters, query }) {
  const id = parameters.meter ?? "";
  const { answer, failure, reload } = useAnswer(
    (signal) =>
      /** @type {Promise<Meter>} */ (get(`v1/billing/meters/${pathPart(id)}`, {}, { signal })),
    [id],
  );
  return html`
    <p><a href=${href(["meters", id])}>${answer?.display_name ?? "Meter"}</a></p>
    <${PageTitle} title=${answer ? `Add usage to ${answer.display_name}` : "Add usage"} />
    ${failure !== null && html`<${Failed} what="Couldn't load the meter." error=${failure} again=${reload} />`}
    ${failure === null && answer === null && html`<${Loading} what="the meter" />`}
    ${answer && html`<${Ways} meter=${answer} customer=${query.get("customer") ?? ""} />`}
  `;
}

/** @param {{meter: Meter, customer: string}} props */
function Ways({ meter, customer }) {
  const [added, setAdded] = useState({ times: 0, words: "", customer });
  if (meter.status !== "active") {
    return html`<${Notice} kind="warn">This meter is inactive. Reactivate it to add usage.<//>`;
  }
  return html`
    <section aria-labelledby="one-event">
      <h2 id="one-event">Add one event</h2>
      ${added.words && html`<div class="notice good" role="status">${added.words}</div>`}
      <${HandEntry}
        key=${added.times}
        meter=${meter}
        customer=${added.customer}
        again=${added.times > 0}
        added=${(/** @type {string} */ words, /** @type {string} */ whose) =>
          setAdded({ times: added.times + 1, words, customer: whose })}
      />
    </section>
    <section aria-labelledby="upload">
      <h2 id="upload">Upload a file</h2>
      <p>
        To add many events, <a href=${href(["upload"], { meter: meter.event_name })}>upload a CSV file</a>. You can start
        from this meter's template.
      </p>
    </section>
  `;
}
