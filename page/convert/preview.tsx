import { Table } from "../components/table";
import { count, counted } from "../lib/format";
import type { Converted } from "./types";

const AT_MOST = 5; // rows

/** The first rows as they will be sent. */
export function Preview({ made: { header, rows } }: { made: Converted }) {
  const shown = rows.slice(0, AT_MOST);
  const title =
    rows.length > AT_MOST
      ? `The first ${AT_MOST} of ${count(rows.length)} rows, as they will be sent`
      : `${counted(rows.length, "row")}, as they will be sent`;
  return (
    <div class="preview">
      <p class="weak">{title}</p>
      <section class="preview-scroll" tabindex={0} aria-label={title}>
        <Table
          caption={title}
          columns={header.map((name, column) => ({
            name,
            heading: column === 0,
            cell: (row: Numbered) => row.cells[column] ?? "",
          }))}
          rows={shown.map((cells, index) => ({ index, cells }))}
          id={({ index }) => index}
        />
      </section>
    </div>
  );
}

interface Numbered {
  index: number;
  cells: string[];
}
