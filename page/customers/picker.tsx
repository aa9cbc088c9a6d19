import Combobox from "@github/combobox-nav";
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Field, useTyped } from "../components/form";
import { useCustomerName } from "./name";
import { useMatches } from "./search";
import type { Matches } from "./types";

/**
 * A field for a customer. It shows the name, and forms get the ID. It suggests customers whose ID, name, or email address
 * contains the text. You can also paste an ID.
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
  /** called with the chosen ID, or with a text that matches no customer */
  chosen?: (id: string) => void;
}) {
  const [id, setId] = useTyped(start);
  /** null while the field shows the customer `id` */
  const [typed, setTyped] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  /** whether Enter takes the first match as soon as there is one */
  const entered = useRef(false);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const matches = useMatches(typed ?? "", open);
  const called = useCustomerName(typed === null ? id : "");
  const hasText = typed !== null && typed.trim() !== "";

  useEffect(() => setTyped(null), [start]);
  useEffect(() => {
    if (!open || input.current === null || list.current === null) return undefined;
    const combobox = new Combobox(input.current, list.current, {
      tabInsertsSuggestions: false,
      firstOptionSelectionMode: hasText ? "active" : "none",
    });
    combobox.start();
    return () => combobox.stop();
  }, [open, hasText, typed, matches.customers[0]?.id]); // typing clears the choice of the first option
  useEffect(() => {
    if (!entered.current || matches.loading) return;
    entered.current = false;
    if (matches.customers[0]) take(matches.customers[0].id);
    else if (!matches.failed) chosen?.(typed?.trim() ?? "");
  });

  function take(customer: string) {
    setId(customer);
    setTyped(null);
    setOpen(false);
    chosen?.(customer);
  }

  function key(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setOpen(true);
    if (event.key === "Enter" && open && hasText && matches.customers.length === 0) {
      event.preventDefault();
      if (matches.loading) entered.current = true;
      else chosen?.(typed.trim());
    }
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
            <input type="hidden" name={name} value={typed?.trim() ?? id} />
            <input
              {...attributes}
              ref={input}
              value={typed ?? called ?? id}
              required={required}
              maxlength={100}
              autocomplete="off"
              role="combobox"
              aria-autocomplete="list"
              aria-haspopup="listbox"
              aria-expanded={open}
              aria-controls={`${attributes.id}-list`}
              onInput={(event) => {
                setTyped(event.currentTarget.value);
                setOpen(true);
              }}
              onFocus={(event) => event.currentTarget.select()}
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

function words({ customers, more, loading, failed }: Matches) {
  if (failed) return "Couldn't load the customers. Enter the customer's ID.";
  if (loading) return "Searching customers…";
  if (customers.length === 0) return "No customer found.";
  return more
    ? `The first ${customers.length} matches. Type more to narrow the list.`
    : `${customers.length} found.`;
}
