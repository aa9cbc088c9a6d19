/**
 * Checks of a cell without the server: the form of a timestamp and of a number. The results are hints; the server
 * decides. The rules are those of timestamp.py and value.py in lambdas/meterdrop/domain/validation.
 */

/** The kinds of timestamps that aren't valid, and what to say about them. */
const LOOKS_LIKE = {
  milliseconds: [/^\d{12,14}(?:\.0+)?$/, "looks like milliseconds"],
  microseconds: [/^\d{15,19}(?:\.0+)?$/, "looks like microseconds or nanoseconds"],
  shortened: [/^\d[.,]\d+[eE]\+?\d+$/, "was shortened by a spreadsheet"],
  fraction: [/^\d{9,11}\.\d+$/, "has a fraction of a second"],
  compact: [/^(?:19|20)\d{6}$/, "is a date without hyphens"],
  year: [/^(?:19|20)\d{2}$/, "looks like a year"],
  day_number: [/^\d{5}(?:\.\d+)?$/, "looks like a spreadsheet's day number"],
  no_offset: [
    /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?$/,
    "has no UTC offset, such as Z or +0530",
  ],
  no_seconds: [/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2} ?(?:Z|UTC|[+-].*)$/, "has no seconds"],
  bad_fraction: [
    /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[.,]\d.*$/,
    "has an invalid fraction of a second",
  ],
  short_offset: [/^\d{4}-\d{2}-\d{2}[T ][\d:.]+ ?[+-]\d{2}$/, "has a UTC offset without minutes"],
  bad_time: [/^\d{4}-\d{2}-\d{2}[T ].*$/, "has an invalid time of day"],
  script_date: [/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{4} .*$/, "is a JavaScript date"],
  year_first: [/^\d{4}[/.]\d{1,2}[/.]\d{1,2}(?:\D.*)?$/, "is a date in a local format"],
  local_date: [
    /^\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?:\D.*)?$/,
    "is a date in a local format, whose day and month can be in either order",
  ],
  month_name: [
    /^\d{1,2}[ -][A-Za-z]{3,9}\.?,?[ -]\d{4}(?:\D.*)?$/,
    "is a date with a month's name",
  ],
  one_digit: [/^\d{4}-\d{1,2}-\d{1,2}$/, "needs two digits for the month and the day"],
} satisfies Record<string, [RegExp, string]>;

export type TimeKind = keyof typeof LOOKS_LIKE;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})? ?(Z|UTC|([+-])(\d{2}):?(\d{2}))$/;
const EPOCH = /^\d{9,11}(?:\.0{1,9})?$/;
const EARLIEST = -12 * 60; // minutes of an offset
const LATEST = 14 * 60;

/** A problem of a cell: the server's code, the kind if the cell looks like something known, and words. */
export interface Problem {
  code: string;
  kind: string | null;
  words: string;
}

/** Check the form of a timestamp. Return null if it is valid. */
export function checkTime(text: string): Problem | null {
  const invalid = (kind: string | null, words: string) => ({
    code: "timestamp_invalid",
    kind,
    words,
  });
  if (text === "") return { code: "timestamp_missing", kind: null, words: "is missing" };
  if (EPOCH.test(text)) return null;
  if (DATE.test(text)) return isDay(text) ? null : invalid(null, "isn't a valid date");
  const [, day = "", hour, minute, second, , sign, hours = "0", minutes = "0"] =
    INSTANT.exec(text) ?? [];
  if (day !== "") {
    if (!isDay(day)) return invalid(null, "isn't a valid date");
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
      return invalid(null, "isn't a valid time of day");
    const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
    if (Number(minutes) > 59 || offset < EARLIEST || offset > LATEST)
      return invalid(null, "has an invalid UTC offset");
    return null;
  }
  const kind = timeKind(text);
  return invalid(kind, kind === null ? "isn't a valid timestamp" : LOOKS_LIKE[kind][1]);
}

export function timeKind(text: string): TimeKind | null {
  const kinds = Object.keys(LOOKS_LIKE) as TimeKind[];
  return kinds.find((kind) => LOOKS_LIKE[kind][0].test(text)) ?? null;
}

/** Return whether a day, such as 2024-02-30, exists. */
export function isDay(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (Number(year) < 1 || Number.isNaN(Number(year))) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;
const DIGITS = 15;
const FRACTION_DIGITS = 12;
const MAY_BE_THOUSANDS = /^[+-]?[1-9]\d{0,2}\.\d{3}$/;

/**
 * Check the form of a value. Return null if it is valid.
 *
 * @param hasSemicolons whether the file's delimiter is the semicolon
 */
export function checkValue(text: string, hasSemicolons: boolean): Problem | null {
  if (text === "") return { code: "meter_event_value_not_found", kind: null, words: "is missing" };
  if (!NUMBER.test(text) || text.length > 100)
    return { code: "meter_event_invalid_value", kind: valueKind(text), words: "isn't a number" };
  if (hasSemicolons && MAY_BE_THOUSANDS.test(text))
    return {
      code: "meter_event_invalid_value",
      kind: "point",
      words: "is ambiguous: the point may be a thousands separator",
    };
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".");
  const before = whole.replace(/^0+/, "");
  const after = fraction.replace(/0+$/, "");
  const significant =
    before === "" ? after.replace(/^0+/, "").length : before.length + after.length;
  if (significant > DIGITS || before.length > DIGITS || after.length > FRACTION_DIGITS)
    return { code: "meter_event_value_too_many_digits", kind: null, words: "has too many digits" };
  return null;
}

function valueKind(text: string) {
  if (/^[+-]?\d*[.,]?\d+e[+-]?\d+$/i.test(text)) return "exponent";
  if (/^[+-]?\d[\d.,'’_\s]*$/.test(text)) return "separators";
  return /^\D{0,4}\d[\d.,'’_\s]*\D{0,12}$/.test(text) ? "unit" : null;
}
