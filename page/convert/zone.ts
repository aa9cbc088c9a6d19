/** UTC offsets of time zones. Browsers know them only from UTC to the wall clock. */

const HOUR = 3_600_000; // milliseconds
const DAY = 24 * HOUR;

const formats: Map<string, Intl.DateTimeFormat> = new Map();
const offsets: Map<string, number> = new Map();

/**
 * Return the offset from UTC of a time on the wall clock. Of a time that the clock shows twice, the first one counts. A
 * time that the clock skips is taken as if the clock had not been set forward yet.
 *
 * @param wall milliseconds, in UTC fields
 * @param zone an IANA name
 */
export function offsetAt(wall: number, zone: string): { offset: number; isRepeated: boolean } {
  const [before, after] = [offsetOf(wall - DAY, zone), offsetOf(wall + DAY, zone)];
  const fitting = [before, after].filter((offset) => offsetOf(wall - offset, zone) === offset);
  const [offset = before] = fitting;
  return { offset, isRepeated: before !== after && fitting.length > 1 };
}

/** @param time milliseconds since the epoch */
function offsetOf(time: number, zone: string) {
  // No zone changes its offset within a quarter of an hour.
  const quarter = Math.floor(time / (HOUR / 4)) * (HOUR / 4);
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key) ?? calculated(quarter, zone);
  offsets.set(key, known);
  return known;
}

function calculated(time: number, zone: string) {
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>;
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - time;
}

function formatOf(zone: string) {
  const found = formats.get(zone);
  if (found !== undefined) return found;
  const numeric = "numeric";
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(zone, format);
  return format;
}
