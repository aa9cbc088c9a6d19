import { ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { LastChange } from "../parts/change.js";
import { Facts } from "../parts/facts.js";
import { LocalTime } from "../parts/time.js";
import { FORMULAS } from "./formula.js";

/** @import {Meter} from "./types.js" */

/** The settings of a meter. @param {{meter: Meter}} props */
export function MeterFacts({ meter }) {
  const { name, means } = FORMULAS[meter.default_aggregation.formula];
  const { deactivated_at: deactivated } = meter.status_transitions;
  return html`<${Facts}
    facts=${[
      ["Event name", html`<code>${meter.event_name}</code>`],
      ["Formula", `${name}: ${means}`],
      ["Customer key", html`<code>${meter.customer_mapping.event_payload_key}</code>`],
      ["Value key", html`<code>${meter.value_settings.event_payload_key}</code>`],
      [`Created (${ZONE})`, html`<${LocalTime} at=${meter.created} />`],
      [`Deactivated (${ZONE})`, deactivated && html`<${LocalTime} at=${deactivated} />`],
      ["Last change", meter.last_change && html`<${LastChange} change=${meter.last_change} />`],
      ["ID", html`<code>${meter.id}</code>`],
    ]}
  />`;
}
