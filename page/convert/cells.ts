import type { Cell } from "./types";

/** Return the text of a cell as it is sent. */
export function cellText(cell: Cell | undefined): string {
  if (cell === undefined || typeof cell === "string") return cell ?? "";
  if (!(cell instanceof Date)) return cell.number;
  const written = cell.toISOString().slice(0, "2024-09-25T14:30:00".length);
  return written.endsWith("T00:00:00") ? written.slice(0, 10) : written.replace("T", " ");
}

/** Return the cells of a column, none if it isn't chosen. */
export function columnOf(rows: Cell[][], position: number | undefined): Cell[] {
  return position === undefined ? [] : rows.map((row) => row[position] ?? "");
}

/** Count the cells that an earlier cell equals. Empty cells don't count. */
export function repeats(cells: Cell[]): number {
  const texts = cells.map((cell) => cellText(cell).trim()).filter((text) => text !== "");
  return texts.length - new Set(texts).size;
}
