import { useEffect, useState } from "preact/hooks";
import { ZONE } from "../app/format.js";
import { html } from "../app/html.js";
import { go } from "../app/router.js";
import { Field } from "../parts/field.js";
import { statusWords } from "../parts/status.js";

/** @import {Query} from "../types.js" */

const STATUSES = [
  "processing",
  "succeeded",
  "succeeded_with_errors",
  "failed",
  "reverting",
  "reverted",
];
const NAMES = ["status", "name", "folder", "partner", "from", "to"];

/**
 * Return the API's query for the filters in the address.
 *
 * @param {URLSearchParams} query `from` and `to` are days in the browser's time zone, both included
 * @returns {Query}
 */
export function asked(query) {
  return {
    status: query.get("status"),
    file_name: query.get("name"),
    key_prefix: query.get("folder"),
    partner: query.get("partner"),
    "created[gte]": midnight(query.get("from"), 0),
    "created[lt]": midnight(query.get("to"), 1),
  };
}

/**
 * Return the start of a day in the browser's time zone, plus a number of days. A day can have 23 or 25 hours.
 *
 * @param {string | null} day
 * @param {number} later
 */
function midnight(day, later) {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? "") ?? [];
  if (year === undefined) return undefined;
  return Math.max(
    0,
    new Date(Number(year), Number(month) - 1, Number(date) + later).getTime() / 1000,
  );
}

/** The filters of the list. The address contains them. @param {{query: URLSearchParams}} props */
export function Filters({ query }) {
  const given = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  const [typed, setTyped] = useState(given);
  useEffect(() => setTyped(given), [query.toString()]);

  /** @param {Record<string, string>} changes */
  const apply = (changes) => go(["uploads"], { ...typed, ...changes });
  /** @param {any} event */
  const type = ({ target }) => setTyped((before) => ({ ...before, [target.name]: target.value }));
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    apply({});
  };
  const narrowed = NAMES.some((name) => given[name] !== "");

  return html`
    <form class="filters" role="search" aria-label="Uploads" onSubmit=${submit}>
      <${Field} label="Status">
        ${(/** @type {object} */ attributes) => html`
          <select
            ...${attributes}
            name="status"
            value=${typed.status}
            onChange=${(/** @type {any} */ event) => apply({ status: event.target.value })}
          >
            <option value="">All</option>
            ${STATUSES.map((status) => html`<option key=${status} value=${status}>${statusWords(status)}</option>`)}
          </select>
        `}
      <//>
      ${text("name", "File name contains")} ${text("folder", "Path starts with", "uploads/acme/")}
      ${text("partner", "Partner")}
      ${text("from", "Received from", "", "date")} ${text("to", "Received to", "", "date")}
      <div class="actions">
        <button type="submit">Search</button>
        ${narrowed && html`<button type="button" class="quiet" onClick=${() => go(["uploads"])}>Clear</button>`}
      </div>
    </form>
    ${(given.from || given.to) && html`<p class="hint period-days">Whole days in ${ZONE}</p>`}
  `;

  /**
   * @param {string} name
   * @param {string} label
   * @param {string} placeholder
   * @param {string} kind of control
   */
  function text(name, label, placeholder = "", kind = "search") {
    return html`
      <${Field} label=${label}>
        ${(/** @type {object} */ attributes) => html`
          <input ...${attributes} type=${kind} name=${name} placeholder=${placeholder} value=${typed[name]} onInput=${type} />
        `}
      <//>
    `;
  }
}
