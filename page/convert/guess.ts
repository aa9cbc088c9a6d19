import type { Kind } from "../uploader/types";
import { columnOf, repeats } from "./cells";
import { guessNumbers } from "./numbers";
import { guessTime } from "./times";
import type { Cell, MeterKeys, Plan, Role } from "./types";

/** Guesses what the columns of a foreign file are, by their names in English and German. */

export const ROLES: Record<Kind, Role[]> = {
  usage: ["time", "customer", "value", "meter", "identifier"],
  customers: ["id", "name", "email"],
};

const NAMES: Record<Role, string> = {
  time: "timestamp time datetime date usagedate usagetime eventtime eventdate occurredat createdat starttime startdate zeitstempel zeitpunkt zeit datum datumzeit datumuhrzeit leistungsdatum buchungsdatum tag day",
  customer:
    "stripecustomerid customerid customer customernumber kundennummer kundennr kundenid kunde account accountid accountnumber client clientid mandant debitor debitorennummer debitorennr",
  value:
    "value quantity qty usage units amount menge anzahl verbrauch wert nutzung einheiten stück stunden hours count volume",
  meter:
    "eventname meter metername event metric product productid sku service item zähler produkt artikel artikelnummer leistung leistungsart metrik",
  identifier:
    "identifier eventid transactionid transactionnumber usageid recordid uuid ereignisid transaktionsid transaktionsnummer vorgangsnummer belegnummer belegnr",
  id: "id customerid stripecustomerid customernumber accountid kundennummer kundennr kundenid debitorennummer debitorennr customer kunde",
  name: "name customername companyname company kundenname firma firmenname name1",
  email: "email emailaddress mail emailadresse mailadresse billingemail",
};
/** Roles whose columns may also have a name that only begins with a known one. A wrong identifier would lose rows. */
const LOOSE: Role[] = ["time", "customer", "value", "meter", "name", "email"];
const SHORTEST = 4;
const SEARCHED = 20; // rows in which the header is searched

/** Return a name without case and punctuation. */
export function folded(name: string) {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** Return the position of the likeliest header: the first of the rows with the most texts. */
export function guessHeader(rows: Cell[][]): number {
  const texts = rows
    .slice(0, SEARCHED)
    .map((row) => row.filter((cell) => typeof cell === "string" && cell.trim() !== "").length);
  return Math.max(0, texts.indexOf(Math.max(...texts)));
}

/** @param names of the columns */
export function guessPlan(kind: Kind, names: string[], rows: Cell[][], meters: MeterKeys[]): Plan {
  const columns = guessColumns(kind, names, rows, meters);
  const [only, ...others] = meters;
  return {
    kind,
    columns,
    meter:
      columns.meter === undefined && only !== undefined && others.length === 0
        ? only.event_name
        : "",
    zone: "",
    kept: names.flatMap((name, position) =>
      name.startsWith("payload_") && !Object.values(columns).includes(position) ? [position] : [],
    ),
    ...guessForms(columns, rows),
  };
}

/** Guess how the columns of a plan write times and numbers. */
export function guessForms(
  { time, value }: Plan["columns"],
  rows: Cell[][],
): Pick<Plan, "time" | "numbers"> {
  return {
    time: guessTime(columnOf(rows, time)).form,
    numbers: guessNumbers(columnOf(rows, value)).form,
  };
}

function guessColumns(kind: Kind, names: string[], rows: Cell[][], meters: MeterKeys[]) {
  const found: Plan["columns"] = {};
  const plain = names.map((name) => folded(name.replace(/^payload_/, "")));
  const known = (role: Role) => {
    const keys = { customer: "customer", value: "value" } as const;
    const own =
      role === "customer" || role === "value"
        ? meters.map((meter) => folded(meter[keys[role]]))
        : [];
    return [...own, ...NAMES[role].split(" ")];
  };
  const take = (role: Role, test: (name: string, known: string) => boolean) => {
    if (found[role] !== undefined) return;
    const free = (position: number) => !Object.values(found).includes(position);
    for (const name of known(role)) {
      const position = plain.findIndex((each, at) => free(at) && test(each, name));
      if (position >= 0) {
        found[role] = position;
        return;
      }
    }
  };
  for (const role of ROLES[kind]) take(role, (name, expected) => name === expected);
  for (const role of ROLES[kind].filter((each) => LOOSE.includes(each)))
    take(role, (name, expected) => expected.length >= SHORTEST && name.startsWith(expected));
  if (repeats(columnOf(rows, found.identifier)) > 0) delete found.identifier;
  return found;
}
