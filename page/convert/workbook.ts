import { strFromU8, unzipSync } from "fflate";
import { Parser } from "saxen";
import { plainNumber } from "./numbers";
import { ofSerial } from "./times";
import type { Cell, Sheet } from "./types";

/**
 * Reads the cells of an Excel workbook (.xlsx): their stored values, no formats. The usual libraries make a number of
 * each cell and an empty cell of each error, or start workers, which the page's policy forbids.
 */

const MOST = 500_000_000; // bytes of one unpacked part
const DAYS_FROM_1904 = 1462;

/** @returns the visible sheets with cells; rejects with a message for the page */
export function readWorkbook(bytes: Uint8Array<ArrayBuffer>): Sheet[] {
  const parts = unpacked(bytes);
  const of = (path: string) => (parts[path] === undefined ? "" : strFromU8(parts[path]));
  const { sheets, from1904 } = sheetsOf(of("xl/workbook.xml"), of("xl/_rels/workbook.xml.rels"));
  const strings = stringsOf(of("xl/sharedStrings.xml"));
  const dates = dateStyles(of("xl/styles.xml"));
  return sheets
    .map(({ name, path }) => new SheetReader(strings, dates, from1904).read(name, of(path)))
    .filter(({ rows }) => rows.length > 0);
}

function unpacked(bytes: Uint8Array<ArrayBuffer>) {
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => /\.(xml|rels)$/.test(name) && originalSize <= MOST,
    });
  } catch {
    throw new Error(
      "The workbook couldn't be read. Open it in Excel, save it, and choose it again.",
    );
  }
}

type Attributes = Record<string, string>;

/** Call `open`, `close`, and `text` for what an XML text contains. Names come without their prefixes. */
function walk(
  xml: string,
  open: (name: string, attributes: Attributes) => void,
  close: (name: string) => void = () => {},
  text: (text: string) => void = () => {},
) {
  if (xml === "") return; // a part that a workbook may lack
  const parser = new Parser();
  const plain = (name: string) => name.slice(name.indexOf(":") + 1);
  parser.on("openTag", (name, attributesOf, decode) => {
    const attributes: Attributes = {};
    for (const [key, value] of Object.entries(attributesOf()))
      attributes[plain(key)] = decode(value);
    open(plain(name), attributes);
  });
  parser.on("closeTag", (name) => close(plain(name)));
  parser.on("text", (value, decode) => text(decode(value)));
  parser.on("cdata", text);
  parser.on("error", () => {
    throw new Error("The workbook is damaged. Open it in Excel, save it, and choose it again.");
  });
  parser.parse(xml);
}

function sheetsOf(workbook: string, relations: string) {
  const targets: Map<string, string> = new Map();
  walk(relations, (name, { Id = "", Target = "" }) => {
    if (name === "Relationship") targets.set(Id, Target.replace(/^\/xl\/|^(?!\/)/, "xl/"));
  });
  const sheets: { name: string; path: string }[] = [];
  let from1904 = false;
  walk(workbook, (name, { id = "", name: title = "", state = "visible", date1904 = "" }) => {
    if (name === "workbookPr") from1904 = date1904 === "1" || date1904 === "true";
    const path = targets.get(id);
    if (name === "sheet" && state === "visible" && path !== undefined)
      sheets.push({ name: title, path: path.replace(/^xl\/xl\//, "xl/") });
  });
  return { sheets, from1904 };
}

function stringsOf(xml: string): string[] {
  const strings: string[] = [];
  let [inText, inPhonetic] = [false, false];
  walk(
    xml,
    (name) => {
      if (name === "si") strings.push("");
      else if (name === "rPh") inPhonetic = true;
      else if (name === "t") inText = true;
    },
    (name) => {
      if (name === "rPh") inPhonetic = false;
      else if (name === "t") inText = false;
    },
    (text) => {
      if (inText && !inPhonetic) strings[strings.length - 1] += text;
    },
  );
  return strings.map(unescaped);
}

/** Characters that XML can't have are written as _x000D_. */
function unescaped(text: string) {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

const BUILT_IN_DATES = [14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58];

/** Return for each cell style whether it shows a date. Times of day and durations are numbers. */
function dateStyles(xml: string): boolean[] {
  const formats: Map<string, string> = new Map();
  const styles: boolean[] = [];
  let inCells = false;
  walk(
    xml,
    (name, { numFmtId = "0", formatCode = "" }) => {
      if (name === "numFmt") formats.set(numFmtId, formatCode);
      else if (name === "cellXfs") inCells = true;
      else if (name === "xf" && inCells) {
        const code = formats.get(numFmtId);
        styles.push(code === undefined ? BUILT_IN_DATES.includes(Number(numFmtId)) : isDate(code));
      }
    },
    (name) => {
      if (name === "cellXfs") inCells = false;
    },
  );
  return styles;
}

function isDate(code: string) {
  // Without literal text, escaped characters, colors, and locales.
  const [first = ""] = code.replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, "").split(";");
  return /[yd]/i.test(first) && !/^general$/i.test(first);
}

class SheetReader {
  #rows: Cell[][] = [];
  #row: Cell[] = [];
  #hidden = 0;
  #unsaved = 0;
  #cell: Attributes = {};
  #column = -1;
  #value: string | null = null;
  #inValue = false;
  #hasFormula = false;

  constructor(
    private readonly strings: string[],
    private readonly dates: boolean[],
    private readonly from1904: boolean,
  ) {}

  read(name: string, xml: string): Sheet {
    walk(
      xml,
      (tag, attributes) => this.#open(tag, attributes),
      (tag) => this.#close(tag),
      (text) => {
        if (this.#inValue) this.#value = (this.#value ?? "") + text;
      },
    );
    const notes: string[] = [];
    if (this.#hidden > 0)
      notes.push(`Hidden rows are included: ${this.#hidden.toLocaleString("en-US")}.`);
    if (this.#unsaved > 0)
      notes.push(
        `Formulas without a stored result are empty: ${this.#unsaved.toLocaleString("en-US")}. Open the workbook in Excel and save it.`,
      );
    while (this.#rows.length > 0 && this.#rows.at(-1)?.length === 0) this.#rows.pop();
    return { name, rows: this.#rows, notes };
  }

  #open(tag: string, attributes: Attributes) {
    if (tag === "row") {
      this.#row = [];
      this.#column = -1;
      const { r, hidden } = attributes;
      for (let at = Number(r ?? 0) - 1; this.#rows.length < at; ) this.#rows.push([]);
      if (hidden === "1" || hidden === "true") this.#hidden++;
    } else if (tag === "c") {
      this.#cell = attributes;
      this.#column = attributes.r === undefined ? this.#column + 1 : columnOf(attributes.r);
      this.#value = null;
      this.#hasFormula = false;
    } else if (tag === "f") {
      this.#hasFormula = true;
    } else if (tag === "v" || tag === "t") {
      this.#inValue = true;
      this.#value ??= "";
    }
  }

  #close(tag: string) {
    if (tag === "v" || tag === "t") this.#inValue = false;
    else if (tag === "c") this.#add();
    else if (tag === "row") this.#rows.push(this.#row);
  }

  #add() {
    // The result of a formula may be an empty text, but no empty number.
    const isUnsaved = this.#value === null || (this.#value === "" && this.#cell.t !== "str");
    if (this.#hasFormula && isUnsaved) this.#unsaved++;
    const cell = this.#content(this.#value ?? "");
    if (cell === "") return;
    while (this.#row.length < this.#column) this.#row.push("");
    this.#row[this.#column] = cell;
  }

  #content(value: string): Cell {
    const { t = "n", s = "" } = this.#cell;
    if (t === "s") return this.strings[Number(value)] ?? "";
    if (t === "b") return value === "1" ? "TRUE" : "FALSE";
    if (t === "d") return new Date(/[zZ]|[+-]\d\d:\d\d$/.test(value) ? value : `${value}Z`);
    if (t !== "n") return unescaped(value); // text, or an error such as #N/A
    if (value === "") return "";
    const number = Number(value) + (this.from1904 && this.dates[Number(s)] ? DAYS_FROM_1904 : 0);
    return this.dates[Number(s)] && Number.isFinite(number)
      ? ofSerial(number)
      : { number: plainNumber(value) };
  }
}

/** Return the position of the column of a cell such as AB12. */
function columnOf(address: string) {
  let column = 0;
  for (const letter of address.replace(/\d+/, "")) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
