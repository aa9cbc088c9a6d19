import Combobox from "@github/combobox-nav";
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Field, useTyped } from "../components/form";
import { count } from "../lib/format";
import { LOOKED_THROUGH, useMatches } from "./search";
import type { Matches } from "./types";

/**
 * A field for a customer ID. It suggests customers whose ID, name, or email address matches the text. You can also paste
 * an ID.
 */
export function CustomerPicker({
  label,
  name,
  hint,
  error,
  start = "",
  required,
  chosen,
}: {
  label: string;
  name: string;
  hint?: string;
  error?: string;
  /** the initial ID */
  start?: string;
  required?: boolean;
  /** called with the ID chosen from the list */
  chosen?: (id: string) => void;
}) {
  const [text, setText] = useTyped(start);
  const [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const matches = useMatches(text, open);

  useEffect(() => {
    if (!open || input.current === null || list.current === null) return undefined;
    const combobox = new Combobox(input.current, list.current, { tabInsertsSuggestions: false });
    combobox.start();
    return () => combobox.stop();
  }, [open]);

  function take(id: string) {
    setText(id);
    setOpen(false);
    chosen?.(id);
  }

  function key(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setOpen(true);
    if (event.key === "Escape" && open) {
      event.preventDefault(); // a dialog around it stays open
      setOpen(false);
    }
  }

  return (
    <div class="picker">
      <Field label={label} hint={hint} error={error}>
        {(attributes) => (
          <>
            <input
              {...attributes}
              ref={input}
              name={name}
              value={text}
              required={required}
              maxlength={100}
              autocomplete="off"
              role="combobox"
              aria-autocomplete="list"
              aria-haspopup="listbox"
              aria-expanded={open}
              aria-controls={`${attributes.id}-list`}
              onInput={(event) => {
                setText(event.currentTarget.value);
                setOpen(true);
              }}
              onClick={() => setOpen(true)}
              onKeyDown={key}
              onBlur={() => setOpen(false)}
            />
            <CustomerOptions
              id={`${attributes.id}-list`}
              label={label}
              list={list}
              open={open}
              matches={matches}
              take={take}
            />
          </>
        )}
      </Field>
    </div>
  );
}

/** The customers to choose from, under a picker's field. */
export function CustomerOptions({
  id,
  label,
  list,
  open,
  matches,
  take,
}: {
  id: string;
  label: string;
  list: RefObject<HTMLUListElement | null>;
  open: boolean;
  matches: Matches;
  take: (id: string) => void;
}) {
  useEffect(() => {
    const commit = (event: Event) => {
      if (event.target instanceof HTMLElement && event.target.dataset.id !== undefined)
        take(event.target.dataset.id);
    };
    list.current?.addEventListener("combobox-commit", commit);
    return () => list.current?.removeEventListener("combobox-commit", commit);
  });
  // The field keeps the focus: pressing an option must not take it.
  return (
    <div class="picker-list" hidden={!open} onMouseDown={(event) => event.preventDefault()}>
      <ul id={id} role="listbox" aria-label={label} ref={list}>
        {matches.customers.map((customer, index) => (
          <li key={customer.id} id={`${id}-${index}`} role="option" data-id={customer.id}>
            <span>{customer.name ?? customer.email ?? customer.id}</span>{" "}
            <span class="hint">{customer.id}</span>
          </li>
        ))}
      </ul>
      <p class="hint" role="status">
        {open && words(matches)}
      </p>
    </div>
  );
}

function words({ customers, more, all, loading, failed }: Matches) {
  if (failed) return "Couldn't load the customers. Enter the customer's ID.";
  if (loading) return "Searching customers…";
  const where = all
    ? ""
    : ` among the newest ${count(LOOKED_THROUGH)}. To search all customers, enter a whole ID or email address`;
  if (customers.length === 0) return `No customer found${where}.`;
  return more > 0
    ? `${customers.length} of ${count(customers.length + more)} matches shown. Type more to narrow the list.`
    : `${customers.length} found.`;
}
