"""Excel workbooks and CSV files with other columns: matched in the page, sent as strict CSV, counted exactly."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from selenium.webdriver.common.keys import Keys

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person

ZONE = "Drop CSV files here"
AT = 1_727_265_600
"""2024-09-25T12:00:00Z."""


GERMAN = """\
Datum;Kundennummer;Verbrauch;Produkt
25.09.2024 14:00;{customer};1.234,50;{meter}
25.09.2024 14:00;{customer};0,25;Größe
"""
ENGLISH = """\
Usage date,Customer ID,Quantity,Product
9/10/2024 2:00 PM,{customer},1.234,{meter}
9/10/2024 2:00 PM,{customer},"5.678",{meter}
"""


@pytest.fixture
def mine(account: Account, tmp_path: Path) -> Account:
    """Give each test a meter and names of files of its own."""
    return Account(account.stack, tmp_path).register()


def workbook(mine: Account, *rows: list[object]) -> Path:
    """Save a workbook as a person has it: a title, German headers, two sheets, a sum."""
    book = Workbook()
    assert book.active is not None
    book.active.title = "Deckblatt"
    book.active.append(["Nutzung im September"])
    sheet = book.create_sheet("Nutzung")
    sheet.append(["Nutzung im September"])
    sheet.append([])
    for row in (["Datum", "Kunde", "Menge", "Kostenstelle", "Bemerkung"], *rows):
        sheet.append(row)
    path = mine.folder / f"{mine.name}.xlsx"
    book.save(path)
    return path


def test_a_workbook_is_matched_and_counted_exactly(page: Page, person: Person, mine: Account) -> None:
    """Times of a zone, exact sums, text with its zeros, and the match again next time."""
    noon = datetime(2024, 9, 25, 14, 0)  # noqa: DTZ001  a wall clock
    path = workbook(
        mine,
        [noon, mine.customer, 0.1 + 0.2, "00123", "a"],
        [noon, mine.customer, 1234.5, "00124", "b"],
        [noon, "nobody", 1, "00125", "=1+2"],
    )
    person.goes_to("#/upload")
    person.chooses_files(ZONE, path)
    person.reads("The file is an Excel workbook.")
    person.presses("Match columns…")
    person.chooses("Worksheet", "Nutzung")
    person.reads("Choose the meter, or the column that names it.")
    person.chooses("Meter", f"Meter {mine.name} ({mine.name})")
    person.reads("Choose the time zone of the times in the file.")
    person.chooses("Time zone of the file", "Europe/Berlin")
    person.field("Kostenstelle").click()
    seen = person.reads("Not sent: the column Bemerkung.")
    assert f"2024-09-25T14:00:00+02:00 {mine.name} {mine.customer} 0.3 00123" in seen
    page.is_for_everyone()
    person.presses("Use these columns for 3 rows")
    seen = person.reads("Ready to upload.")
    assert f"Made of {path.name} by matching columns." in seen
    person.presses("Upload file")
    seen = person.reads("2 of 3 rows counted, 1 refused.")
    assert f"Meter {mine.name}" in seen
    (upload,) = mine.uploads(f"{mine.name} Nutzung.csv")
    (total,) = upload["totals"]
    assert (2, "1234.8", AT, AT) == (
        total["event_count"],
        total["value_sum"],
        total["first_timestamp"],
        total["last_timestamp"],
    )
    person.presses("Clear finished")
    person.chooses_files(ZONE, path)
    person.presses("Match columns…")
    person.chooses("Worksheet", "Nutzung")
    person.reads("The columns are matched as the last time.")
    assert "00123" in person.reads("Use these columns for 3 rows")
    person.presses("Start over")
    person.reads("Choose the meter, or the column that names it.")


@pytest.mark.parametrize(
    ("name", "text", "encoding", "times", "numbers"),
    [
        (
            "deutsch.csv",
            GERMAN,
            "cp1252",
            None,
            None,
        ),
        (
            "english.csv",
            ENGLISH,
            "utf-8",
            "Month, day, year: 9/25/2024 2:30 PM",
            "Decimal point: 1,234.5",
        ),
    ],
)
def test_a_csv_with_other_columns_is_counted_exactly(  # noqa: PLR0913
    person: Person, mine: Account, *, name: str, text: str, encoding: str, times: str | None, numbers: str | None
) -> None:
    """What can't be told is asked: the order of day and month, the meaning of a point, and the time zone."""
    path = mine.folder / f"{mine.name}-{name}"
    path.write_bytes(text.format(customer=mine.customer, meter=mine.name).encode(encoding))
    person.goes_to("#/upload")
    person.chooses_files(ZONE, path)
    person.presses("Match columns…")
    if times is not None:
        person.reads("Choose how the file writes times. Day and month could be either.")
        person.chooses("How times are written", times)
    person.chooses("Time zone of the file", "Europe/Berlin")
    if numbers is not None:
        person.reads("Choose how the file writes numbers.")
        person.chooses("How numbers are written", numbers)
    person.presses("Use these columns for 2 rows")
    person.presses("Upload file")
    if encoding == "cp1252":
        person.reads("1 of 2 rows counted, 1 refused.")
        assert "Größe" in person.sees()
    else:
        person.reads("All 2 rows counted.")
    (upload,) = mine.uploads(path.name)
    (total,) = upload["totals"]
    expected = ("1234.5", AT) if encoding == "cp1252" else ("6.912", AT - 15 * 86_400)
    assert expected == (total["value_sum"], total["first_timestamp"])


def test_an_error_file_that_was_saved_as_a_workbook_counts_once(person: Person, mine: Account) -> None:
    """Its columns are known, so nothing has to be chosen. The identifier says which row it is."""
    name = f"{mine.name}.csv"
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(name, mine.rows(1, "x")))
    person.presses("Upload file")
    person.reads("1 of 2 rows counted, 1 refused.")
    (upload,) = mine.uploads(name)
    header, _, row, *_ = mine.rows(1, 2.5).splitlines()
    book = Workbook()
    assert book.active is not None
    book.active.append([*header.split(","), "identifier", "upload", "row_number", "error_code"])
    book.active.append([*row.split(",")[:-1], 2.5, f"{upload['id']}:2", upload["id"], 2, "-"])
    path = mine.folder / f"{mine.name}-corrected.xlsx"
    book.save(path)
    person.chooses_files("Drop the corrected error file here to upload it", path)
    person.presses("Match columns…")
    person.presses("Use these columns for 1 row")
    person.reads("1 row counted.")
    (corrected,) = mine.uploads(f"{mine.name}-corrected.csv")
    assert (upload["id"], "2.5") == (corrected["parent"], corrected["totals"][0]["value_sum"])


def test_customers_of_a_workbook_are_registered(person: Person, mine: Account) -> None:
    """Their columns have other names too."""
    book = Workbook()
    assert book.active is not None
    for row in (["Kundennummer", "Firma", "E-Mail"], [f"{mine.customer}_x", "X GmbH", "x@example.com"]):
        book.active.append(row)
    path = mine.folder / "kunden.xlsx"
    book.save(path)
    person.goes_to("#/upload?kind=customers")
    person.chooses_files(ZONE, path)
    person.presses("Match columns…")
    person.presses("Use these columns for 1 row")
    person.presses("Upload file")
    person.reads("1 row registered or changed.")


def test_columns_are_matched_by_keyboard_on_a_phone(page: Page, person: Person, mine: Account) -> None:
    """Each field has a label, and the code for it is loaded only now."""
    page.narrow()
    person.goes_to("#/upload")
    assert not any("match-columns" in url for url in page.watch.requested())
    path = mine.file("phone.csv", f"Tag,Kunde,Menge\n2024-09-25,{mine.customer},3\n")
    person.chooses_files(ZONE, path)
    person.tabs_to_coming("Match columns…")
    person.hits(Keys.ENTER)
    person.reads("Choose the meter, or the column that names it.")
    assert any("match-columns" in url for url in page.watch.requested())
    page.check_width()
    person.chooses("Meter", f"Meter {mine.name} ({mine.name})")
    person.tabs_to("Use these columns for 1 row")
    person.hits(Keys.ENTER)
    person.presses("Upload file")
    person.reads("1 row counted.")
