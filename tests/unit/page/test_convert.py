"""How the page converts foreign files: cells of workbooks, numbers, times, and the strict CSV."""

import base64
import csv
import io
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.support.page_modules import run_module


def sheets_of(folder: Path, data: bytes) -> Any:
    """Return what the page reads of a file: its sheets."""
    program = """
      import { readSheets } from "page/convert/read";
      const main = (data) => readSheets(new File([Buffer.from(data, "base64")], "file"));
    """
    return run_module(folder, program, base64.b64encode(data).decode())


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def filled(*rows: list[object], book: Workbook | None = None) -> Workbook:
    """Return a workbook with rows in its first sheet."""
    book = book or Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    return book


def test_cells_of_a_workbook_are_their_stored_values(tmp_path: Path) -> None:
    """Text stays text, with its zeros. Numbers have the digits of Excel, without those of binary fractions."""
    values: list[object] = [
        *("00123", " a ", "1.50", "Ä & <b>", "a\nb", "_x0041_"),
        *(0.1 + 0.2, 1 / 3, 1e-7, 1.5e20, -2.5, 123456789012345, 100, 1234.5, True, None, "#N/A"),
    ]
    book = filled(values)
    assert book.active is not None
    book.active["Q1"].data_type = "e"
    (sheet,) = sheets_of(tmp_path, saved(book))
    texts = [cell["number"] if isinstance(cell, dict) else cell for cell in sheet["rows"][0]]
    assert texts[:6] == ["00123", " a ", "1.50", "Ä & <b>", "a\nb", "A"]
    assert texts[6:] == [
        *("0.3", "0.333333333333333", "0.0000001", "150000000000000000000", "-2.5", "123456789012345"),
        *("100", "1234.5", "TRUE", "", "#N/A"),
    ]


def test_dates_of_a_workbook_are_times_on_the_wall_clock(tmp_path: Path) -> None:
    """To the second, although a workbook stores a fraction of a day. Times of day and durations are numbers."""
    moments = [
        datetime(2024, 9, 25, *clock)  # noqa: DTZ001  a wall clock
        for clock in ((0, 0, 0), (14, 29, 59), (23, 59, 59))
    ]
    for calendar in (None, CALENDAR_MAC_1904):
        book = Workbook()
        if calendar is not None:
            book.epoch = calendar
        filled([*moments, date(2024, 2, 29), time(12, 0), 45560.5], book=book)
        (sheet,) = sheets_of(tmp_path, saved(book))
        cells = sheet["rows"][0]
        assert [f"{moment:%Y-%m-%dT%H:%M:%S.000Z}" for moment in moments] == cells[:3]
        assert [("2024-02-29T00:00:00.000Z"), {"number": "0.5"}, {"number": "45560.5"}] == cells[3:]


def test_formats_with_letters_of_dates_in_text_are_numbers(tmp_path: Path) -> None:
    """Only day and year outside of literal text make a date."""
    book = filled([1.0] * 6)
    assert book.active is not None
    formats = ['0.00" days"', r"0\d", "[Red]0", "[$-409]d/m/yyyy", "yyyy-mm-dd;@", "[h]:mm"]
    for cell, code in zip(book.active[1], formats, strict=True):
        cell.number_format = code
    (sheet,) = sheets_of(tmp_path, saved(book))
    assert [False, False, False, True, True, False] == [isinstance(cell, str) for cell in sheet["rows"][0]]


def test_sheets_are_told_apart_and_what_is_hidden_is_told(tmp_path: Path) -> None:
    """Hidden and empty sheets aren't offered. Hidden rows are read, and formulas without a result are counted."""
    book = filled(["a"], [1], ["=A2*2"])
    assert book.active is not None
    book.active.title = "Usage & more"
    book.active.row_dimensions[2].hidden = True
    book.create_sheet("Empty")
    for name, state in (("Secret", "hidden"), ("Other", "visible")):
        sheet = book.create_sheet(name)
        sheet.append([name])
        sheet.sheet_state = state
    found = sheets_of(tmp_path, saved(book))
    assert ["Usage & more", "Other"] == [sheet["name"] for sheet in found]
    assert ["Hidden rows are included: 1.", "Formulas without a stored result are empty: 1."] == [
        note.partition(" Open")[0] for note in found[0]["notes"]
    ]


def test_a_damaged_workbook_says_so(tmp_path: Path) -> None:
    """As an error for the page, not as an empty table."""
    data = saved(filled(["a"]))
    program = """
      import { readSheets } from "page/convert/read";
      const open = (data) => readSheets(new File([Buffer.from(data, "base64")], "file"));
      const main = (data) => open(data).catch((error) => error.message);
    """
    assert "couldn't be read" in run_module(tmp_path, program, base64.b64encode(data[:-40]).decode())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook><sheets></wrong>")
    assert "damaged" in run_module(tmp_path, program, base64.b64encode(buffer.getvalue()).decode())


def test_csv_of_any_encoding_and_delimiter_is_read(tmp_path: Path) -> None:
    """Windows-1252 too, which the server refuses. The line for Excel is no row."""
    text = 'sep=;\r\nDatum;Größe\r\n"1;2";"a ""b"""\r\n;\r\n'
    for data in (text.encode(), text.encode("utf-16"), text.encode("cp1252")):
        (sheet,) = sheets_of(tmp_path, data)
        assert [["Datum", "Größe"], ["1;2", 'a "b"']] == sheet["rows"]
    assert ["The file isn't UTF-8. It is read as Windows-1252."] == sheet["notes"]


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")


# Each example starts node, so a failure isn't made smaller.
@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.lists(
        st.tuples(st.datetimes(datetime(1971, 1, 1), datetime(2037, 12, 31)), st.sampled_from(ZONES)),  # noqa: DTZ001
        min_size=300,
        max_size=400,
    )
)
def test_wall_times_of_a_zone_are_instants(tmp_path_factory: pytest.TempPathFactory, times: list[Any]) -> None:
    """As Python computes them: the first of two, and before the clock was set forward."""
    # Every transition of a year in Berlin, to the quarter of an hour.
    times += [
        (datetime(2024, month, day, hour, minute), "Europe/Berlin")  # noqa: DTZ001
        for month, day in ((3, 31), (10, 27))
        for hour in range(5)
        for minute in (0, 15, 30, 45)
    ]
    program = """
      import { offsetAt } from "page/convert/times";
      const main = (times) => times.map(([wall, zone]) => offsetAt(wall, zone).offset / 1000);
    """
    wall = [(moment.replace(tzinfo=UTC, microsecond=0), zone) for moment, zone in times]
    found = run_module(
        tmp_path_factory.mktemp("zone"), program, [(moment.timestamp() * 1000, zone) for moment, zone in wall]
    )
    for (moment, zone), offset in zip(wall, found, strict=True):
        expected = moment.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
        assert expected is not None
        assert (moment, zone, expected.total_seconds()) == (moment, zone, offset)


def test_a_time_that_the_clock_shows_twice_is_told(tmp_path: Path) -> None:
    """Once a year, in the zones that set their clocks back."""
    program = """
      import { offsetAt } from "page/convert/times";
      const main = (times) => times.map((wall) => offsetAt(Date.parse(wall), "Europe/Berlin").isRepeated);
    """
    times = ["2024-10-27T01:59:59Z", "2024-10-27T02:00:00Z", "2024-10-27T02:59:59Z", "2024-10-27T03:00:00Z"]
    assert [False, True, True, False] == run_module(tmp_path, program, times)


TIMES = {
    "as_is": (
        ["2024-09-25", "1727222400", "2024-09-25 14:30:00+02:00"],
        ["2024-09-25", "1727222400", "2024-09-25 14:30:00+02:00"],
    ),
    "ymd": (["2024-09-25 14:30", "2024/9/5", ""], ["2024-09-25T14:30:00+02:00", "2024-09-05T00:00:00+02:00", ""]),
    "dmy": (["25.09.2024 14:30 Uhr", "1.2.24"], ["2024-09-25T14:30:00+02:00", "2024-02-01T00:00:00+01:00"]),
    "mdy": (["9/25/2024 2:30 PM", "12/1/2024 12:00 am"], ["2024-09-25T14:30:00+02:00", "2024-12-01T00:00:00+01:00"]),
    "serial": (["45560.5", "45560"], ["2024-09-25T12:00:00+02:00", "2024-09-25T00:00:00+02:00"]),
    "milliseconds": (["1727274600999"], ["1727274600"]),
}
DAYS = {"dmy": (["25.09.2024", "31.12.2024"], ["2024-09-25", "2024-12-31"])}
UNKNOWN: dict[str | None, tuple[list[str], list[str]]] = {None: (["1/2/2024", "12/11/2024"], [])}


@pytest.mark.parametrize(("form", "given", "expected"), [(f, *c) for d in (TIMES, DAYS, UNKNOWN) for f, c in d.items()])
def test_the_form_of_times_is_guessed_and_converted(
    tmp_path: Path, form: str | None, given: list[str], expected: list[str]
) -> None:
    """Whole days stay whole days. Where day and month can't be told apart, nothing is guessed."""
    program = """
      import { guessTime, needsZone, timestamps } from "page/convert/times";
      const main = (cells) => {
        const { form } = guessTime(cells);
        return [form, form === null ? [] : cells.map(timestamps(cells, form, "Europe/Berlin", () => {}))];
      };
    """
    assert [form, expected] == run_module(tmp_path, program, given)


def test_what_is_no_time_stays_as_it_is(tmp_path: Path) -> None:
    """The server refuses the row, with the value that the file has."""
    program = """
      import { timestamps } from "page/convert/times";
      const main = (cells) => cells.map(timestamps(cells, "dmy", "UTC", () => {}));
    """
    given = ["31.02.2024", "25.13.2024", "25.09.2024 25:00", "yesterday", "25.09.2024 14:30"]
    assert [*given[:4], "2024-09-25T14:30:00Z"] == run_module(tmp_path, program, given)


NUMBERS: list[tuple[list[str], str | None, list[str]]] = [
    (["1.234,56", "12"], "comma", ["1234.56", "12"]),
    (["1,234.56", "12"], "point", ["1234.56", "12"]),
    (["0,5", "-3,25"], "comma", ["0.5", "-3.25"]),
    (["1.234", "5.678"], None, []),
    (["1.234", "0.5"], "point", ["1.234", "0.5"]),
    (["1'234.5", "1 234.5", "1\u202f234"], "point", ["1234.5", "1234.5", "1234"]),
    (["400", "0012", "x"], "point", ["400", "0012", "x"]),
]


@pytest.mark.parametrize(("given", "form", "expected"), NUMBERS)
def test_the_form_of_numbers_is_guessed_and_converted(
    tmp_path: Path, given: list[str], form: str | None, expected: list[str]
) -> None:
    """Where the point may separate thousands or decimals, nothing is guessed."""
    program = """
      import { guessNumbers, toDecimal } from "page/convert/numbers";
      const main = (cells) => {
        const { form } = guessNumbers(cells);
        return [form, form === null ? [] : cells.map((cell) => toDecimal(cell, form))];
      };
    """
    assert [form, expected] == run_module(tmp_path, program, given)


HEADERS = [
    ("usage", ["Datum", "Kunde", "Menge", "Produkt"], {"time": 0, "customer": 1, "value": 2, "meter": 3}),
    ("usage", ["Customer ID", "Usage date", "Quantity", "Notes"], {"time": 1, "customer": 0, "value": 2}),
    (
        "usage",
        ["timestamp", "event_name", "payload_account", "payload_bytes"],
        {"time": 0, "meter": 1, "customer": 2, "value": 3},
    ),
    (
        "usage",
        ["Kundennr.", "Leistungsdatum", "Verbrauch (GB)", "Belegnr."],
        {"time": 1, "customer": 0, "value": 2, "identifier": 3},
    ),
    ("customers", ["Kundennummer", "Firma", "E-Mail"], {"id": 0, "name": 1, "email": 2}),
    ("usage", ["a", "b"], {}),
]


@pytest.mark.parametrize(("kind", "names", "expected"), HEADERS)
def test_columns_are_guessed(tmp_path: Path, kind: str, names: list[str], expected: dict[str, int]) -> None:
    """By their names in English and German, and by the keys of meters."""
    program = """
      import { guessPlan } from "page/convert/guess";
      const meters = [{event_name: "x", display_name: "X", customer: "account", value: "bytes"}, {}];
      const main = ({ kind, names }) => guessPlan(kind, names, [], [meters[0]]).columns;
    """
    assert expected == run_module(tmp_path, program, {"kind": kind, "names": names})


def test_a_column_with_repeats_is_no_guessed_identifier(tmp_path: Path) -> None:
    """Rows with the same identifier count once: that must be a person's choice."""
    program = """
      import { guessPlan } from "page/convert/guess";
      const main = (rows) => guessPlan("usage", ["identifier"], rows, []).columns;
    """
    assert run_module(tmp_path, program, [["1"], ["1"]]) == {}
    assert {"identifier": 0} == run_module(tmp_path, program, [["1"], ["2"]])


PLAN = {
    "kind": "usage",
    "columns": {"time": 0, "customer": 1, "value": 2, "meter": 3},
    "meter": "",
    "time": "as_is",
    "zone": "",
    "numbers": "point",
    "kept": [4, 5],
}
CONVERT = """
  import { convert, csvFiles } from "page/convert/convert";
  const meters = [
    {event_name: "api", display_name: "API calls", customer: "stripe_customer_id", value: "value"},
    {event_name: "disk", display_name: "Disk", customer: "account", value: "bytes"},
  ];
  const main = async ({ plan, names, rows, name }) => {
    const made = convert(plan, names, rows, meters);
    const files = csvFiles(made, name);
    return [made.empty, await Promise.all(files.map(async (file) => [file.name, file.size, await file.text()]))];
  };
"""


def test_the_strict_csv_has_a_column_for_each_key_of_the_meters(tmp_path: Path) -> None:
    """Meters are named by event name or display name. Cells like formulas stay, and empty rows are left out."""
    names = ["t", "c", "v", "m", "Region (EU)", "payload_value"]
    rows = [
        ["2024-09-25", "cus_1", "1,234.5", "API calls", "a, b", "=1+2"],
        ["", "", "", "", "", ""],
        ["2024-09-26", "cus_2", "7", "disk", 'say "x"', "-"],
        ["2024-09-27", "cus_3", "8", "unknown", "two\nlines", ""],
    ]
    empty, [(name, _, text)] = run_module(tmp_path, CONVERT, {"plan": PLAN, "names": names, "rows": rows, "name": "n"})
    assert (1, "n.csv") == (empty, name)
    header = "timestamp,event_name,payload_stripe_customer_id,payload_value,payload_account,payload_bytes"
    assert [
        f"{header},payload_region_eu,payload_value_2",
        '2024-09-25,api,cus_1,1234.5,,,"a, b",=1+2',
        '2024-09-26,disk,,,cus_2,7,"say ""x""",-',
        "2024-09-27,unknown,cus_3,8,,,two lines,",
        "",
    ] == text.split("\r\n")
    assert 4 == len(list(csv.reader(io.StringIO(text, newline=""), strict=True)))


def test_a_workbook_with_the_columns_of_a_usage_file_stays_as_it_is(tmp_path: Path) -> None:
    """Such as a template, or an error file that was corrected in Excel. Each meter has its own columns."""
    program = """
      import { guessPlan } from "page/convert/guess";
      import { convert } from "page/convert/convert";
      const meters = [
        {event_name: "api", display_name: "API calls", customer: "stripe_customer_id", value: "value"},
        {event_name: "disk", display_name: "Disk", customer: "stripe_customer_id", value: "bytes"},
      ];
      const main = ({ names, rows }) => convert(guessPlan("usage", names, rows, meters), names, rows, meters);
    """
    names = [
        *("event_name", "timestamp", "payload_stripe_customer_id", "payload_value", "payload_bytes", "payload_note"),
        *("identifier", "upload", "row_number", "error_code"),
    ]
    rows = [
        ["api", "2024-09-25", "cus_1", "1", "", "x", "upl_a:1", "upl_a", "1", "no_meter"],
        ["disk", "2024-09-26", "cus_1", "", "7", "", "upl_a:2", "upl_a", "2", "no_meter"],
    ]
    made = run_module(tmp_path, program, {"names": names, "rows": rows})
    assert [
        *("timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "payload_bytes"),
        *("identifier", "payload_note"),
    ] == made["header"]
    assert [
        ["2024-09-25", "api", "cus_1", "1", "", "upl_a:1", "x"],
        ["2024-09-26", "disk", "cus_1", "", "7", "upl_a:2", ""],
    ] == made["rows"]


def test_a_large_result_is_split(tmp_path: Path) -> None:
    """Each part has the header and at most 5 MB. Together they have every row once, in order."""
    plan = {**PLAN, "kept": [4]}
    rows = [["2024-09-25", "cus_1", str(number), "api", "ä" * 400] for number in range(8_000)]
    names = ["t", "c", "v", "m", "note"]
    _, files = run_module(tmp_path, CONVERT, {"plan": plan, "names": names, "rows": rows, "name": "big"})
    assert ["big (1 of 2).csv", "big (2 of 2).csv"] == [name for name, _, _ in files]
    sizes = [size for _, size, _ in files]
    assert 5_242_880 - 2_000 < sizes[0] <= 5_242_880
    assert sizes[1] < sizes[0]
    values = [row[3] for _, _, text in files for row in list(csv.reader(io.StringIO(text)))[1:]]
    assert [str(number) for number in range(8_000)] == values
