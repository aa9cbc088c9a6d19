import { useAnswer } from "../app/answer.js";
import { get, pathPart } from "../app/api.js";
import { html } from "../app/html.js";
import { href } from "../app/router.js";
import { Failed, Loading } from "../parts/notice.js";
import { PageTitle } from "../parts/page-title.js";
import { Status } from "../parts/status.js";
import { MeterActions } from "./meter-actions.js";
import { MeterFacts } from "./meter-facts.js";
import { MeterUsage } from "./meter-usage.js";

/** @import {ViewProps} from "../types.js" */
/** @import {Meter} from "./types.js" */

/**
 * One meter: its settings, its usage in a period (of one customer or of all), and its live feed.
 *
 * @param {ViewProps} props
 */
export function MeterPage({ parameters, query, canWrite }) {
  const id = parameters.meter ?? "";
  const asked = useAnswer(
    (signal) =>
      /** @type {Promise<Meter>} */ (get(`v1/billing/meters/${pathPart(id)}`, {}, { signal })),
    [id],
  );
  const meter = asked.answer;
  return html`
    <p><a href=${href(["meters"])}>Meters</a></p>
    <${PageTitle} title=${meter?.display_name ?? "Meter"}>
      ${meter && html`<${Status} status=${meter.status} />`}
      ${meter && canWrite && html`<${MeterActions} meter=${meter} customer=${query.get("customer") ?? ""} put=${asked.put} />`}
    <//>
    ${asked.failure !== null && html`<${Failed} what="Couldn't load the meter." error=${asked.failure} again=${asked.reload} />`}
    ${asked.failure === null && meter === null && html`<${Loading} what="the meter" />`}
    ${meter && html`<${MeterFacts} meter=${meter} /><${MeterUsage} meter=${meter} query=${query} />`}
  `;
}
