import { LocalTime } from "../components/display";
import type { Column } from "../components/table";
import { Table } from "../components/table";
import { ZONE } from "../lib/format";
import { href } from "../lib/router";
import type { Customer } from "./types";

const COLUMNS: Column<Customer>[] = [
  {
    name: "Customer",
    heading: true,
    cell: ({ id, name }) => <a href={href(["customers", id])}>{name ?? id}</a>,
  },
  { name: "Email", cell: ({ email }) => email ?? "–" },
  { name: "ID", cell: ({ id }) => <code>{id}</code> },
  { name: `Created (${ZONE})`, cell: ({ created }) => <LocalTime at={created} /> },
];

export function CustomerTable({ caption, customers }: { caption: string; customers: Customer[] }) {
  return (
    <Table caption={caption} columns={COLUMNS} rows={customers} id={({ id }: Customer) => id} />
  );
}
