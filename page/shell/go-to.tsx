import Combobox from "@github/combobox-nav";
import { useEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "../components/dialog";
import { Field } from "../components/form";
import { searchCustomers, useSettled } from "../customers/search";
import { get } from "../lib/api";
import { href } from "../lib/router";
import { can } from "../lib/session";
import { useQuery } from "../lib/use-query";
import type { List } from "../types";
import type { Meter } from "../usage/types";
import { routes } from "./routes";

const MOST = 100; // meters
const SHOWN = 5; // of a kind
const FRESH = 60_000; // milliseconds
const IDS: [prefix: string, view: string, noun: string][] = [
  ["upl_", "uploads", "Upload"],
  ["mtr_", "meters", "Meter"],
];

interface Target {
  name: string;
  /** what it is */
  kind: string;
  to: string;
}

/** A dialog that goes to a view, a meter, a customer, or an upload by its ID. */
export function GoTo({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const { targets, loading } = useTargets(text.trim());
  const names = targets.map(({ to }) => to).join();

  useEffect(() => {
    if (input.current === null || list.current === null) return undefined;
    const combobox = new Combobox(input.current, list.current, {
      tabInsertsSuggestions: false,
      firstOptionSelectionMode: "active",
    });
    combobox.start();
    return () => combobox.stop();
  }, [names, text]); // typing clears the choice of the first option
  useEffect(() => {
    const commit = ({ target }: Event) => {
      if (!(target instanceof HTMLElement) || target.dataset.to === undefined) return;
      close();
      location.hash = target.dataset.to;
    };
    list.current?.addEventListener("combobox-commit", commit);
    return () => list.current?.removeEventListener("combobox-commit", commit);
  }, []);

  return (
    <Dialog title="Go to" close={close}>
      <div class="dialog-body go-to">
        <Field label="View, meter, customer, or ID">
          {(attributes) => (
            <input
              {...attributes}
              ref={input}
              value={text}
              maxlength={512}
              autocomplete="off"
              role="combobox"
              aria-autocomplete="list"
              aria-expanded={true}
              aria-controls="go-to-list"
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          )}
        </Field>
        <ul id="go-to-list" role="listbox" aria-label="Places" ref={list}>
          {targets.map(({ name, kind, to }, index) => (
            <li key={to} id={`go-to-${index}`} role="option" data-to={to}>
              {name} <span class="hint">{kind}</span>
            </li>
          ))}
        </ul>
        <p class="hint" role="status">
          {targets.length === 0 && (loading ? "Searching…" : "Nothing found.")}
        </p>
      </div>
    </Dialog>
  );
}

function useTargets(text: string): { targets: Target[]; loading: boolean } {
  const settled = useSettled(text);
  const customers = useQuery(
    "customers found",
    (signal) => searchCustomers(settled, SHOWN, signal),
    [settled, SHOWN],
    { enabled: settled !== "" && can("customers:read") },
  );
  const meters = useQuery(
    "meters",
    (signal) => get("v1/billing/meters", { limit: MOST }, { signal }) as Promise<List<Meter>>,
    [],
    { enabled: can("meters:read"), staleTime: FRESH },
  );
  const wanted = text.toLowerCase();
  const isMatch = (...names: string[]) => names.some((name) => name.toLowerCase().includes(wanted));
  const found = text === settled && text !== "" ? (customers.answer?.customers ?? []) : [];
  return {
    targets: [
      ...IDS.filter(([prefix, view]) => text.startsWith(prefix) && can(`${view}:read`)).map(
        ([, view, kind]) => ({ name: text, kind, to: href([view, text]) }),
      ),
      ...routes.flatMap(({ name, path, needs }) =>
        name !== undefined && can(needs) && isMatch(name)
          ? [{ name, kind: "View", to: href([path]) }]
          : [],
      ),
      ...(meters.answer?.data ?? [])
        .filter(({ id, display_name, event_name }) => isMatch(display_name, event_name, id))
        .slice(0, SHOWN)
        .map(({ id, display_name }) => ({
          name: display_name,
          kind: "Meter",
          to: href(["meters", id]),
        })),
      ...found.map(({ id, name }) => ({
        name: name ?? id,
        kind: "Customer",
        to: href(["customers", id]),
      })),
    ],
    loading: text !== settled || customers.loading || meters.loading,
  };
}
