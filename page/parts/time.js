import { localTime, utcTime } from "../app/format.js";
import { html } from "../app/html.js";

/** A time in the browser's time zone, with UTC as its tooltip. @param {{at: number | null}} props */
export function LocalTime({ at }) {
  if (at === null) return "–";
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${utcTime(at)}>${localTime(at)}</time>`;
}
