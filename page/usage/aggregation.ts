import type { Formula } from "./types";

/** How a meter aggregates, in words. */
export const AGGREGATIONS: Record<Formula, { name: string; means: string; figure: string }> = {
  sum: { name: "Sum", means: "adds the values", figure: "Sum of values" },
  count: { name: "Count", means: "counts the events", figure: "Number of events" },
  last: { name: "Last", means: "uses the value of the latest event", figure: "Last value" },
  max: { name: "Max", means: "uses the highest value", figure: "Highest value" },
  min: { name: "Min", means: "uses the lowest value", figure: "Lowest value" },
};

/** Return whether a customer's usage is a part of the usage of all customers. */
export function addsUp(formula: Formula) {
  return formula === "sum" || formula === "count";
}
