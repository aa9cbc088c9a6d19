import type { TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { statusWords } from "../../components/display";
import { Field } from "../../components/form";
import { ZONE } from "../../lib/format";
import { go } from "../../lib/router";
import { NAMES, STATUSES, TYPES } from "./search";

/** Milliseconds without a change before the list follows. */
const PAUSE = 350;

/**
 * The filters of the list. The address contains them, and follows each change after a moment. Changes of one field
 * are one step of the browser's back button.
 */
export function Filters({
  query,
  problems,
}: {
  query: URLSearchParams;
  problems: Record<string, string>;
}) {
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const own = useRef({ query: query.toString(), field: "", version: 0 });
  if (own.current.query !== query.toString()) {
    // Another link, or the back button: the fields start again from the address.
    own.current = { query: query.toString(), field: "", version: own.current.version + 1 };
  }
  useEffect(() => () => clearTimeout(timer.current), []);

  function apply(field: string) {
    clearTimeout(timer.current);
    if (form.current === null) return;
    const fields = [...new FormData(form.current)].map(([name, value]) => [
      name,
      String(value).trim(),
    ]);
    const next = new URLSearchParams(fields.filter(([, value]) => value !== ""));
    if (next.toString() === own.current.query) return;
    const replace = own.current.field === field;
    own.current = { ...own.current, query: next.toString(), field };
    go(["uploads"], Object.fromEntries(next), { replace });
  }

  const later = ({ target }: TargetedEvent<HTMLFormElement>) => {
    const field = target instanceof HTMLElement ? (target.getAttribute("name") ?? "") : "";
    clearTimeout(timer.current);
    timer.current = setTimeout(() => apply(field), PAUSE);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    apply("");
  };

  return (
    <>
      <search aria-label="Uploads">
        <form
          key={own.current.version}
          ref={form}
          class="filters"
          onInput={later}
          onChange={later}
          onSubmit={submit}
        >
          {text("search", "Search", { placeholder: "File name, folder, or upload ID" })}
          {choice("status", "Status", [
            { value: "", label: "All" },
            ...STATUSES.map((status) => ({ value: status, label: statusWords(status) })),
          ])}
          {choice("type", "Type", TYPES)}
          {text("partner", "Partner")}
          {text("from", "Received from", { type: "date" })}
          {text("to", "Received to", { type: "date" })}
          {NAMES.some((name) => query.has(name)) && (
            <div class="actions">
              <button type="button" class="quiet" onClick={() => go(["uploads"])}>
                Clear
              </button>
            </div>
          )}
        </form>
      </search>
      <p class="hint zone">Times and days in {ZONE}</p>
    </>
  );

  function text(
    name: string,
    label: string,
    { type = "search", placeholder }: { type?: "search" | "date"; placeholder?: string } = {},
  ) {
    return (
      <Field label={label} error={problems[name]}>
        {(attributes) => (
          <input
            {...attributes}
            type={type as "search"}
            name={name}
            placeholder={placeholder}
            autocomplete="off"
            defaultValue={query.get(name) ?? ""}
          />
        )}
      </Field>
    );
  }

  function choice(name: string, label: string, options: { value: string; label: string }[]) {
    return (
      <Field label={label} error={problems[name]}>
        {(attributes) => (
          <select {...attributes} name={name}>
            {options.map(({ value, label: words }) => (
              <option key={value} value={value} selected={value === (query.get(name) ?? "")}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
    );
  }
}
