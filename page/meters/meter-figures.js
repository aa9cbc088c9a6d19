import { useEffect } from "preact/hooks";
import { useAnswer } from "../app/answer.js";
import { count, decimal } from "../app/format.js";
import { html } from "../app/html.js";
import { Figures } from "../parts/figures.js";
import { Failed, Loading } from "../parts/notice.js";
import { FORMULAS } from "./formula.js";
import { readFigure } from "./summaries.js";

/** @import {Meter, Period} from "./types.js" */

/**
 * The number of events of a meter in a period, and their total.
 *
 * @param {{meter: Meter, customer: string, period: Period, version: number}} props a change of `version` reloads them
 */
export function MeterFigures({ meter, customer, period, version }) {
  const { answer, failure, reload } = useAnswer(
    (signal) => readFigure(meter.id, customer, period, signal),
    [],
  );
  useEffect(() => {
    if (version > 0) reload();
  }, [version]);

  if (failure !== null)
    return html`<${Failed} what="Couldn't load the usage." error=${failure} again=${reload} />`;
  if (answer === null) return html`<${Loading} what="usage" />`;
  const { formula } = meter.default_aggregation;
  return html`<${Figures}
    figures=${[
      { name: "Events", value: count(answer.event_count) },
      { name: FORMULAS[formula].figure, value: decimal(answer.aggregated_value_decimal) },
    ]}
  />`;
}
