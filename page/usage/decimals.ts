/** Exact arithmetic with the API's decimals, which are plain text with at most 12 digits after the point. */

const PLACES = 12;

/** Return a decimal as a number of its smallest units, for exact sums and comparisons. */
export function unitsOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".", 2);
  return BigInt(`${whole}${fraction.padEnd(PLACES, "0")}`);
}

const RATIO_UNITS = 1_000_000n;

/** Return `part / whole` to six places. Only a ratio is rounded. @returns null if `whole` is 0 */
export function ratioOf(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Number((part * RATIO_UNITS) / whole) / Number(RATIO_UNITS);
}

/** Return the relative change from `before` to `now`. @returns null if there was nothing before */
export function changeOf(now: bigint, before: bigint): number | null {
  return ratioOf(now - before, before < 0n ? -before : before);
}

const ONE_PLACE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const FEW = 10; // percent, below which a place after the point tells something
const LEAST = 0.1;

/** Format a ratio, which is rounded: "12 %", "1.5 %", "<0.1 %". */
export function percent(ratio: number) {
  const value = ratio * 100;
  if (value !== 0 && Math.abs(value) < LEAST) return `${value < 0 ? "−" : ""}<${LEAST}\u00a0%`;
  const text = (Math.abs(value) < FEW ? ONE_PLACE : WHOLE).format(Math.abs(value));
  return `${value < 0 ? "−" : ""}${text}\u00a0%`;
}

/** Format a relative change: "+12 %", "−3.4 %", "no change". */
export function changeText(ratio: number) {
  if (ratio === 0) return "no change";
  return `${ratio > 0 ? "+" : ""}${percent(ratio)}`;
}
