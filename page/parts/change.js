import { html } from "../app/html.js";
import { LocalTime } from "./time.js";

/** @import {Change} from "../types.js" */

/** @type {Record<string, string>} */
const PARTS = { ingest: "Meterdrop", recover: "Meterdrop", sweep: "Meterdrop (sweep)" };

/** The author of a change, with the name of an API key if it has one. @param {{by: Change["by"]}} props */
export function Author({ by }) {
  if (by === null) return "–";
  if (by.id === "meterdrop") return PARTS[by.name ?? ""] ?? `Meterdrop (${by.name})`;
  return html`${by.name && html`${by.name} `}<code>${by.id}</code>`;
}

/** A last change as a fact: what, when, and by whom. @param {{change: Change}} props */
export function LastChange({ change }) {
  return html`${change.action}${change.at !== null && html`, <${LocalTime} at=${change.at} />`}, by <${Author}
    by=${change.by}
  />`;
}
