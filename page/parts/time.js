import { localTime, utcTime } from "../app/format.js";
import { html } from "../app/html.js";

/** A moment in the reader's zone; pointing at it shows UTC. @param {{at: number | null}} props */
export function LocalTime({ at }) {
  if (at === null) return "–";
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${utcTime(at)}>${localTime(at)}</time>`;
}
