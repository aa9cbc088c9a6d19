"""Refused rows are corrected in the page: by group, cell by cell, and with the keyboard alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from selenium.webdriver import Chrome

from meterdrop.domain.uploads.upload import Upload
from tests.support.browser.account import HEADER, NIGHT, Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tests.support.integration.dropping import Dropping

KEY, POINT, THINK = 0.28, 1.1, 1.35
"""Seconds of the keystroke-level model: a key of an average typist, to point at something, and to decide."""
TWO_MINUTES = 120


class Timed(Person):
    """Counts what a person does, by the keystroke-level model."""

    def __init__(self, driver: Chrome, downloads: Path) -> None:
        """Start with nothing done."""
        super().__init__(driver, downloads)
        self.clicks = self.keys = 0

    @property
    def seconds(self) -> float:
        """How long this takes a person who thinks before each click."""
        return self.clicks * (THINK + POINT + KEY) + self.keys * KEY

    def types(self, label: str, text: str) -> None:
        """Type into a field, after a click on it."""
        self.clicks += 1
        self.keys += len(text)
        super().types(label, text)

    def hits(self, *keys: str) -> None:
        """Hit keys."""
        self.keys += len("".join(keys))
        super().hits(*keys)

    def _clicks(self, selector: str, name: str) -> None:
        self.clicks += 1
        super()._clicks(selector, name)


@dataclass(frozen=True)
class Refused:
    """An upload with refused rows."""

    account: Account
    upload: Upload

    @property
    def place(self) -> str:
        """Where its rows are corrected."""
        return f"#/uploads/{self.upload.id}/correct"

    def children(self) -> list[Upload]:
        """Return the corrected files, newest first."""
        found = self.account.get("/v1/uploads", parent=self.upload.id)["data"]
        dropping = Dropping(self.account.stack)
        uploads = [dropping.upload(dropping.version(each["key"], each["version_id"])) for each in found]
        return [upload for upload in uploads if upload is not None]


def refuse(name: str, account: Account, rows: Iterable[str], header: str = HEADER, end: str = "\n") -> Refused:
    """Drop a file of an account of its own; all its rows are refused."""
    mine = Account(account.stack, account.folder).register()
    lines = [row.replace("METER", mine.name).replace("CUSTOMER", mine.customer) for row in (header, *rows)]
    return Refused(mine, mine.drop(name, end.join([*lines, ""])))


def usage(refused: Refused) -> tuple[int, Decimal]:
    """Return number and sum of what the upload and its corrected files count."""
    dropping = Dropping(refused.account.stack)
    figures = [dropping.usage_of(upload) for upload in (refused.upload, *refused.children())]
    return sum(number for number, _ in figures), sum((value for _, value in figures), Decimal(0))


def test_1200_rows_are_put_right_in_two_minutes(page: Page, tmp_path: Path, account: Account) -> None:
    """Three kinds of errors, 400 rows each: a customer spelled wrong, the order of dates, thousands separators."""
    person = Timed(page.driver, tmp_path)
    wrong = [f"{NIGHT + row},METER,CUSTOMERR,{row}" for row in range(400)]
    dates = [f"{1 + row % 28}/09/2024 10:{row % 60:02},METER,CUSTOMER,{row}.5" for row in range(400)]
    values = [f'{NIGHT + 1000 + row},METER,CUSTOMER,"1,{row:03}.25"' for row in range(400)]
    mixed = [row for rows in zip(wrong, dates, values, strict=True) for row in rows]
    refused = refuse("three-kinds.csv", account, mixed)
    assert refused.upload.error_count == 1200

    person.goes_to(f"#/uploads/{refused.upload.id}")
    person.follows("Correct rows")
    person.reads("400 × Customer not found")
    person.presses(f"Replace with {refused.account.customer} Customer of {refused.account.name}")
    person.presses("Day/month/year")
    person.presses("The point is the decimal separator")
    person.presses("Send 1,200 corrected rows")
    person.reads("All 1,200 rows counted.")
    person.reads("No refused row is left.")

    assert person.seconds < TWO_MINUTES
    assert (person.clicks, person.keys) == (5, 0)
    total = sum(map(Decimal, range(400))) * 3 + 400 * (Decimal("0.5") + Decimal("1000.25"))
    assert usage(refused) == (1200, total)
    assert [upload.success_count for upload in refused.children()] == [1200]
