import { counted, decimal } from "../app/format.js";
import { html } from "../app/html.js";

/** An exact value, above its number of events. @param {{events: number, value: string | null}} props */
export function Sum({ events, value }) {
  return html`<span class="sum">${decimal(value)} <span class="weak">${counted(events, "event")}</span></span>`;
}
