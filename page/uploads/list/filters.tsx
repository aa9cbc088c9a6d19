import type { TargetedEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { statusWords } from "../../components/display";
import { Field } from "../../components/form";
import { ZONE } from "../../lib/format";
import { go } from "../../lib/router";
import type { Query } from "../../types";

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
 * @param query `from` and `to` are days in the browser's time zone, both included
 */
export function asked(query: URLSearchParams): Query {
  return {
    status: query.get("status"),
    file_name: query.get("name"),
    key_prefix: query.get("folder"),
    partner: query.get("partner"),
    "created[gte]": midnight(query.get("from"), 0),
    "created[lt]": midnight(query.get("to"), 1),
  };
}

/** Return the start of a day in the browser's time zone, plus a number of days. A day can have 23 or 25 hours. */
function midnight(day: string | null, later: number) {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? "") ?? [];
  if (year === undefined) return undefined;
  return Math.max(
    0,
    new Date(Number(year), Number(month) - 1, Number(date) + later).getTime() / 1000,
  );
}

/** The filters of the list. The address contains them. */
export function Filters({ query }: { query: URLSearchParams }) {
  const given = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
  const [typed, setTyped] = useState(given);
  useEffect(() => setTyped(given), [query.toString()]);

  const apply = (changes: Record<string, string>) => go(["uploads"], { ...typed, ...changes });
  const type = ({ currentTarget }: TargetedEvent<HTMLInputElement>) =>
    setTyped((before) => ({ ...before, [currentTarget.name]: currentTarget.value }));
  const submit = (event: Event) => {
    event.preventDefault();
    apply({});
  };
  const narrowed = NAMES.some((name) => given[name] !== "");

  return (
    <>
      <search aria-label="Uploads">
        <form class="filters" onSubmit={submit}>
          <Field label="Status">
            {(attributes) => (
              <select
                {...attributes}
                name="status"
                value={typed.status}
                onChange={(event) => apply({ status: event.currentTarget.value })}
              >
                <option value="">All</option>
                {STATUSES.map((status) => (
                  <option key={status} value={status}>
                    {statusWords(status)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {text("name", "File name contains")} {text("folder", "Path starts with", "uploads/acme/")}
          {text("partner", "Partner")}
          {text("from", "Received from", "", "date")} {text("to", "Received to", "", "date")}
          <div class="actions">
            <button type="submit">Search</button>
            {narrowed && (
              <button type="button" class="quiet" onClick={() => go(["uploads"])}>
                Clear
              </button>
            )}
          </div>
        </form>
      </search>
      {(given.from || given.to) && <p class="hint period-days">Whole days in {ZONE}</p>}
    </>
  );

  /** @param kind of control */
  function text(
    name: string,
    label: string,
    placeholder: string = "",
    kind: "search" | "date" = "search",
  ) {
    return (
      <Field label={label}>
        {(attributes) => (
          <input
            {...attributes}
            type={kind as "search"}
            name={name}
            placeholder={placeholder}
            value={typed[name]}
            onInput={type}
          />
        )}
      </Field>
    );
  }
}
