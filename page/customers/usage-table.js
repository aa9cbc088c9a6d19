import { count, decimal } from "../app/format.js";
import { html } from "../app/html.js";
import { usePaged } from "../app/paged.js";
import { href } from "../app/router.js";
import { FORMULAS } from "../meters/formula.js";
import { LoadMore } from "../parts/load-more.js";
import { Empty, Failed, Loading } from "../parts/notice.js";
import { Table } from "../parts/table.js";
import { useFigures } from "./use-figures.js";

/** @import {Column} from "../parts/table.js" */
/** @import {Meter, Period, Summary} from "../meters/types.js" */

const PAGE = 20;

/**
 * A customer's usage, one row for each meter. Each row links to the meter for the same customer and period.
 *
 * @param {{customer: string, period: Period}} props
 */
export function UsageTable({ customer, period }) {
  const meters = usePaged("v1/billing/meters", { limit: PAGE });
  /** @type {Meter[] | null} */
  const things = meters.things;
  const { figures, failure, again } = useFigures(customer, period, things);
  if (things === null) {
    if (meters.failure === null) return html`<${Loading} what="usage" />`;
    return html`<${Failed} what="Couldn't load the meters." error=${meters.failure} again=${meters.more} />`;
  }
  if (things.length === 0) return html`<${Empty}><p>No meters yet.</p><//>`;
  return html`
    ${failure !== null && html`<${Failed} what="Couldn't load some of the usage." error=${failure} again=${again} />`}
    <${Table}
      caption="Usage by meter"
      columns=${columnsOf(customer, period, figures)}
      rows=${things}
      id=${(/** @type {Meter} */ { id }) => id}
    />
    <${LoadMore} ...${meters} />
  `;
}

/**
 * @param {string} customer
 * @param {Period} period
 * @param {Map<string, Summary>} figures
 * @returns {Column<Meter>[]}
 */
function columnsOf(customer, period, figures) {
  const days = period.name === "dates" ? { from: period.from, to: period.to } : {};
  const query = { customer, period: period.name, ...days };
  const figure = (
    /** @type {Meter} */ { id },
    /** @type {(summary: Summary) => string} */ shown,
  ) => {
    const summary = figures.get(id);
    return summary === undefined ? "…" : shown(summary);
  };
  return [
    {
      name: "Meter",
      heading: true,
      cell: ({ id, display_name, status }) => html`
        <a href=${href(["meters", id], query)}>${display_name}</a>${status === "inactive" && " (inactive)"}
      `,
    },
    { name: "Formula", cell: (meter) => FORMULAS[meter.default_aggregation.formula].name },
    {
      name: "Events",
      number: true,
      cell: (meter) => figure(meter, (summary) => count(summary.event_count)),
    },
    {
      name: "Usage",
      number: true,
      cell: (meter) => figure(meter, (summary) => decimal(summary.aggregated_value_decimal)),
    },
  ];
}
