import { DAY } from "./period.js";

const LONGEST_DAYS = 27 * DAY;
const HOUR = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  hour: "2-digit",
  minute: "2-digit",
});
const DATE = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
const MONTH = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  month: "short",
  year: "numeric",
});

/**
 * @param {number} time epoch seconds
 * @param {number} step seconds from one label to the next
 * @returns {string} a short name of a moment in UTC: 13:00, 1 Sept or Sept 2024
 */
export function axisLabel(time, step) {
  const format = step > LONGEST_DAYS ? MONTH : step < DAY && time % DAY !== 0 ? HOUR : DATE;
  return format.format(time * 1000);
}
