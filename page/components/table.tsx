import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Failed } from "./feedback";

export interface Column<Thing> {
  name: string;
  cell: (thing: Thing) => ComponentChildren;
  /** right-aligned, with figures of one width */
  number?: boolean;
  /** whether its cell names the row */
  heading?: boolean;
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
    <table class="table" role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ name, number }) => (
            <th key={name} role="columnheader" scope="col" class={kind(number)}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={id(row)} role="row">
            {columns.map(({ name, cell, number, heading }) =>
              heading ? (
                <th key={name} role="rowheader" scope="row" class={kind(number)}>
                  {cell(row)}
                </th>
              ) : (
                <td key={name} role="cell" class={kind(number)} data-name={name}>
                  <span>{cell(row)}</span>
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function kind(number: boolean | undefined) {
  return number ? "number" : undefined;
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
