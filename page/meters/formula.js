/** @import {Formula} from "./types.js" */

/** @type {Record<Formula, {name: string, means: string, figure: string}>} */
export const FORMULAS = {
  sum: { name: "Sum", means: "adds up the values", figure: "Sum of the values" },
  count: { name: "Count", means: "counts the events", figure: "Number of events" },
  last: { name: "Last", means: "takes the value of the latest event", figure: "Last value" },
  max: { name: "Max", means: "takes the greatest value", figure: "Greatest value" },
  min: { name: "Min", means: "takes the least value", figure: "Least value" },
};
