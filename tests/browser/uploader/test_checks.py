"""Checks before an upload: the same key for the check and the upload, all files at once, and other types of files."""

import re
from pathlib import Path

import pytest

from tests.support.browser.account import HEADER, Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person

ZONE = "Drop CSV files here"


@pytest.fixture
def mine(account: Account, tmp_path: Path) -> Account:
    """Give each test a meter and names of files of its own."""
    return Account(account.stack, tmp_path).register()


def test_a_check_and_its_upload_have_one_key(person: Person, mine: Account) -> None:
    """So the corrected error file of the check belongs to the account of the upload, and each row counts once."""
    name = f"{mine.name}.csv"
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(name, mine.rows(1, "x")))
    person.presses("Validate only")
    person.reads("Dry run: 1 of 2 rows would be counted, 1 would be refused.")
    person.presses("Upload anyway")
    person.reads("1 of 2 rows counted, 1 refused.")
    checked, counted = mine.uploads(name)[::-1]
    assert (True, False) == (checked["dry_run"], counted["dry_run"])
    assert checked["key"].removeprefix("validate/") == counted["key"].removeprefix("uploads/")


def test_checked_files_are_uploaded_together(page: Page, person: Person, mine: Account) -> None:
    """One button after a check of several. Before files with refused rows, the page asks."""
    names = [f"{word}-{mine.name}.csv" for word in ("good", "better", "half", "bad")]
    texts = mine.rows(1), mine.rows(2, 3), mine.rows(4, "x"), mine.rows(5).replace("\n", '\n"', 1)
    person.goes_to("#/upload")
    person.chooses_files(ZONE, *(mine.file(name, text) for name, text in zip(names, texts, strict=True)))
    person.reads("Upload 4 files")
    person.presses("Validate only")
    person.waits("all results", lambda: 4 == person.sees().count("Details"))
    person.presses("Upload all 3 files…")
    seen = person.reads("1 file has rows that would be refused: " + f"{names[2]}: 1 refused row")
    assert "Upload files with refused rows?" in seen
    page.is_for_everyone()
    person.presses("Upload only the 2 other files")
    person.reads("All 2 rows counted.")
    person.reads("1 row counted.")
    assert person.has("Upload anyway")
    assert not person.has("Upload all 3 files…")
    person.presses("Upload anyway")
    person.reads("1 of 2 rows counted, 1 refused.")
    counted = [sum(not upload["dry_run"] for upload in mine.uploads(name)) for name in names]
    assert [1, 1, 1, 0] == counted


def test_other_types_of_files_are_recognised_before_anything_is_sent(person: Person, mine: Account) -> None:
    """With what the server would say. Excel workbooks and other column names have a way on."""
    person.goes_to("#/upload")
    utf16 = mine.folder / "utf16.csv"
    utf16.write_bytes(mine.rows(1).encode("utf-16-le"))
    packed = mine.folder / "usage.csv.gz"
    packed.write_bytes(b"\x1f\x8b\x08\0")
    zero = mine.folder / "zero.csv"
    zero.write_bytes(mine.rows(1).encode() + b"\0")
    other = mine.file("other.csv", "Datum,Kunde\n2024-09-25,a\n")
    unknown = mine.file("unknown.csv", mine.rows(1).replace("payload_value", "value"))
    person.drops(ZONE, utf16, packed, zero, other, unknown)
    seen = person.reads("Unknown columns")
    assert "The file looks like UTF-16 without a byte order mark. Save the file as CSV UTF-8" in seen
    assert "The file is a gzip archive, not CSV. Extract the CSV file and upload it." in seen
    assert "The file isn't a text file (null byte at position" in seen
    assert 'Unknown columns: "value".' in seen
    assert 2 == seen.count("Match columns…")
    assert not person.has("Upload file")


def test_a_file_of_the_other_kind_is_offered_as_that(person: Person, mine: Account) -> None:
    """A usage file dropped as customers, and the reverse."""
    person.goes_to("#/upload?kind=customers")
    person.chooses_files(ZONE, mine.file(f"{mine.name}.csv", mine.rows(3)))
    person.reads("This looks like a usage file, not a customer file.")
    person.presses("Upload as usage")
    person.presses("Upload file")
    person.reads("1 row counted.")
    person.presses("Clear finished")
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file("customers.csv", f"id,name\n{mine.customer}_2,Second\n"))
    person.reads("This looks like a customer file, not a usage file.")
    person.presses("Upload as customers")
    person.presses("Upload file")
    person.reads("1 row registered or changed.")


def test_a_file_with_a_line_for_excel_is_valid(person: Person, mine: Account) -> None:
    """The server accepts it, and so does the page."""
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file("sep.csv", "sep=;\n" + mine.rows(3).replace(",", ";")))
    person.reads("Ready to upload.")
    person.presses("Upload file")
    person.reads("1 row counted.")


def test_refused_customers_have_their_own_hint(person: Person, mine: Account) -> None:
    """Their error file has no column identifier. A template has the columns."""
    person.goes_to("#/upload?kind=customers")
    template = person.downloads("Download template", "customers-template.csv")
    assert "id,name,email" == template.read_text().splitlines()[0]
    person.chooses_files(ZONE, mine.file("refused.csv", "id,name\n,Nobody\n"))
    person.presses("Upload file")
    seen = person.reads("The error file contains only the refused rows. Correct the rows.")
    assert "identifier column" not in seen


def test_progress_has_numbers(page: Page, person: Person, mine: Account) -> None:
    """The bar shows activity until rows are known, and then how many of how many."""
    rows = "\n".join(f"2024-09-25,{mine.name},{mine.customer},1,{mine.name}-{row}" for row in range(30_000))
    person.goes_to("#/upload")
    page.driver.execute_script(_WATCH)
    person.chooses_files(ZONE, mine.file(f"{mine.name}.csv", f"{HEADER},identifier\n{rows}\n"))
    person.presses("Upload file")
    numbers = re.compile(r"Processing rows: [\d,]+ of 30,000 rows")
    person.waits("numbers", lambda: numbers.search(person.sees()))
    seen = page.driver.execute_script("return window.labels")
    assert any(label.startswith("Uploading: ") and label.endswith(" MB") for label, _ in seen), seen
    assert ["Processing rows", False] in seen
    assert not any(numbers.match(label) and not known for label, known in seen)


def test_a_hidden_tab_shows_the_end_in_its_title(page: Page, person: Person, mine: Account) -> None:
    """Until somebody looks at it again."""
    driver = page.driver
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file(f"{mine.name}.csv", mine.rows(1, 2)))
    person.reads("Ready to upload.")
    before = driver.title
    driver.execute_script(_HIDE, True)
    person.presses("Upload file")
    person.waits("the title", lambda: driver.title == f"✓ 2 rows · {mine.name}.csv · Meterdrop")
    driver.execute_script(_HIDE, False)
    assert before == driver.title


def test_a_line_in_quotation_marks_is_a_header(person: Person, mine: Account) -> None:
    """The server accepts lines that are quoted as a whole, and so does the page."""
    lines = mine.rows(7).splitlines()
    person.goes_to("#/upload")
    person.chooses_files(ZONE, mine.file("quoted.csv", "".join(f'"{line}"\n' for line in lines)))
    person.reads("Ready to upload.")
    person.presses("Upload file")
    person.reads("1 row counted.")


_HIDE = """
  const [hidden] = arguments;
  Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
"""
_WATCH = """
  window.labels = [];
  new MutationObserver(() => {
    for (const bar of document.querySelectorAll(".progress")) {
      const label = bar.querySelector("span").textContent;
      const isKnown = bar.querySelector("progress").hasAttribute("max") && bar.querySelector("progress").position >= 0;
      window.labels.push([label, isKnown]);
    }
  }).observe(document.body, {childList: true, subtree: true, characterData: true, attributes: true});
"""
