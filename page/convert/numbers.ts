import type { Cell, NumberForm } from "./types";

/** Numbers without a loss of digits. */

const PRECISION = 15; // significant digits that Excel keeps

/**
 * Write a number of a workbook as a plain decimal with 15 significant digits, as Excel does: a workbook stores 0.1 + 0.2
 * as 0.30000000000000004.
 */
export function plainNumber(stored: string): string {
  const number = Number(stored);
  if (stored.trim() === "" || !Number.isFinite(number)) return stored;
  if (/^-?\d{1,15}$/.test(stored)) return stored;
  const [mantissa = "", exponent = "0"] = number.toExponential(PRECISION - 1).split("e");
  const digits = mantissa.replace(/[-.]/g, "");
  const point = 1 + Number(exponent);
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const fraction = (point > 0 ? digits.slice(point) : "0".repeat(-point) + digits).replace(
    /0+$/,
    "",
  );
  return `${number < 0 ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

const PLAIN = /^[+-]?(\d+(\.\d+)?|\.\d+)$/;
const BLANKS = /[\s\u00A0\u2009\u202F'’]/g; // between groups of digits
const GROUPED: Record<NumberForm, RegExp> = {
  point: /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/,
  comma: /^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$/,
};
const DECIMAL_COMMA = /^[+-]?(\d+(,\d+)?|,\d+)$/;

/** Return a cell as a plain decimal, or null if it isn't a number in this form. */
function parsed(text: string, form: NumberForm): string | null {
  const tight = text.trim().replace(BLANKS, "");
  const whole = GROUPED[form].test(tight)
    ? tight.replaceAll(form === "point" ? "," : ".", "")
    : tight;
  if (form === "point") return PLAIN.test(whole) ? whole : null;
  return DECIMAL_COMMA.test(whole) ? whole.replace(",", ".") : null;
}

/** Return a cell as a plain decimal. Text that isn't a number stays, and the server refuses it. */
export function toDecimal(cell: Cell, form: NumberForm | null): string {
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell !== "string") return cell.number;
  return (form === null ? null : parsed(cell, form)) ?? cell;
}

/**
 * Guess how text writes numbers.
 *
 * @returns null if both forms fit and differ, such as for 1.234; `matters` is false if both are the same
 */
export function guessNumbers(cells: Cell[]): { form: NumberForm | null; matters: boolean } {
  const texts = cells.filter((cell) => typeof cell === "string" && cell.trim() !== "") as string[];
  const [points, commas] = (["point", "comma"] as const).map((form) =>
    texts.map((text) => parsed(text, form)),
  ) as [(string | null)[], (string | null)[]];
  const matters = points.some((number, index) => number !== commas[index]);
  const misses = (numbers: (string | null)[]) => numbers.filter((number) => number === null).length;
  if (matters && misses(points) === misses(commas)) return { form: null, matters };
  return { form: misses(commas) < misses(points) ? "comma" : "point", matters };
}
