import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Deeds, State } from "../lib/use-pages";
import { Empty, Failed, Loading } from "./feedback";

export interface Column<Thing> {
  name: string;
  cell: (thing: Thing) => ComponentChildren;
  /** right-aligned, with figures of one width */
  number?: boolean;
  /** whether its cell names the row */
  heading?: boolean;
  /** whether only a wide table has it, or only a narrow one */
  only?: "wide" | "narrow";
  /** the order of the rows by this column, and how to sort by it */
  sort?: { order: "ascending" | "descending" | "none"; by: () => void };
}

/**
 * A table that becomes a list of cards on a narrow screen. It needs explicit roles, because CSS that changes the layout
 * removes the table's roles.
 */
export function Table<Thing>({
  caption,
  columns,
  rows,
  id,
}: {
  /** its name for screen readers */
  caption: string;
  columns: Column<Thing>[];
  rows: Thing[];
  id: (thing: Thing) => string | number;
}) {
  return (
    <div class="table-box">
      {/* biome-ignore lint/a11y: the link in the row serves the keyboard and screen readers */}
      <table class="table" role="table" onClick={follow} onAuxClick={follow}>
        <caption class="unseen">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, number, only, sort }) => (
              <th
                key={name}
                role="columnheader"
                scope="col"
                class={kind(number, only)}
                aria-sort={sort?.order}
              >
                {sort ? (
                  <button type="button" class="sort" onClick={sort.by}>
                    {name}
                  </button>
                ) : (
                  name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={id(row)} role="row">
              {columns.map(({ name, cell, number, heading, only }) =>
                heading ? (
                  <th key={name} role="rowheader" scope="row" class={kind(number, only)}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} role="cell" class={kind(number, only)} data-name={name}>
                    <span>{cell(row)}</span>
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/**
 * Follow the link that names the clicked row, in a new tab if the click asks for one. Leave alone clicks on controls,
 * and the end of a selection of text.
 */
function follow(event: MouseEvent) {
  const { target, button, ctrlKey, metaKey, shiftKey } = event;
  if (!(target instanceof Element) || button > 1 || event.defaultPrevented) return;
  if (target.closest("a, button, input, label, select, summary, textarea")) return;
  if (button === 0 && getSelection()?.isCollapsed === false) return;
  const link = target.closest("tbody > tr")?.querySelector("th a[href]");
  const newTab = button === 1 || ctrlKey || metaKey;
  link?.dispatchEvent(
    new MouseEvent("click", {
      bubbles: true,
      cancelable: true,
      ctrlKey: newTab,
      metaKey: newTab,
      shiftKey,
    }),
  );
}

function kind(number: boolean | undefined, only: string | undefined) {
  return [number && "number", only && `only-${only}`].filter(Boolean).join(" ") || undefined;
}

/** A list of the API, in each of its states: loading, not loaded, empty, or its objects with the button for more. */
export function Listed<Thing>({
  list,
  what,
  empty,
  children,
}: {
  list: State<Thing> & Deeds<Thing>;
  /** as in "Loading uploads" */
  what: string;
  /** what an empty list shows */
  empty?: ComponentChildren;
  children: (things: Thing[]) => ComponentChildren;
}) {
  const { things, failure, more } = list;
  if (things === null) {
    if (failure === null) return <Loading what={what} />;
    return <Failed what={`Couldn't load the ${what}.`} error={failure} again={more} />;
  }
  if (things.length === 0 && empty) return <Empty>{empty}</Empty>;
  return (
    <>
      {children(things)}
      <LoadMore {...list} />
    </>
  );
}

/** The end of a list: a button to load more, or the note that there are no more. */
export function LoadMore({
  hasMore,
  loading,
  failure,
  more,
}: {
  hasMore: boolean;
  loading: boolean;
  failure?: unknown;
  more: () => void;
}) {
  const [asked, setAsked] = useState(false);
  const load = () => {
    setAsked(true);
    more();
  };
  if (failure) return <Failed what="Couldn't load more results." error={failure} again={more} />;
  if (!hasMore && !asked) return null;
  return (
    <div class="load-more">
      {hasMore ? (
        <button type="button" onClick={load} aria-disabled={loading}>
          {loading ? "Loading…" : "Load more"}
        </button>
      ) : (
        <p class="hint" tabindex={-1}>
          End of list
        </p>
      )}
    </div>
  );
}
