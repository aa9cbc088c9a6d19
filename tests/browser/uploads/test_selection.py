"""Several uploads at once: selected, changed one after the other, and exported."""

import csv
from pathlib import Path

import pytest

from tests.support.browser.account import Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person
from tools.stack.local_stack import LocalStack


@pytest.fixture
def mine(stack: LocalStack, tmp_path: Path) -> Account:
    """Register a meter and a customer that only one test knows."""
    return Account(stack, tmp_path).register()


def test_selected_uploads_are_reverted_with_one_preview(page: Page, person: Person, mine: Account) -> None:
    """The dialog names what goes and what can't be reverted. Each row shows its result, and nothing else changes."""
    one, two = mine.drop("one.csv", mine.rows(1)), mine.drop("two.csv", mine.rows(2, 3))
    failed = mine.drop("failed.csv", "time\n1\n")
    left = mine.drop("left.csv", mine.rows(4))
    person.goes_to(f"#/uploads?search={mine.name}/")
    for upload in (one, two, failed):
        _selects(page, person, upload.file_name)
    person.reads("3 uploads selected")
    assert page.driver.execute_script(_BELOW_THE_ZONE)
    person.presses("Revert selected…")
    seen = person.reads("No other uploads are affected.")
    assert "Revert 2 uploads?" in seen
    assert "This removes 3 events from usage." in seen
    assert "failed.csv Not possible (Failed)" in seen
    page.is_for_everyone()
    page.watch.forget()
    person.presses("Revert")
    person.presses("Close")
    sent = [url.rpartition("/v1/uploads/")[2] for url in page.watch.requested() if url.endswith("/revert")]
    assert sorted([f"{two.id}/revert", f"{one.id}/revert"]) == sorted(sent)  # of one second in any order
    for upload in (one, two):
        person.waits("the revert", lambda id_=upload.id: "reverted" == mine.status(id_))  # type: ignore[misc]
    assert ("failed", "succeeded") == (mine.status(failed.id), mine.status(left.id))
    assert "selected" not in person.sees()


def test_a_bulk_action_goes_on_after_a_failure(page: Page, person: Person, mine: Account) -> None:
    """The row of the upload that failed has the API's message. The others are done."""
    one, two = mine.drop("one.csv", mine.rows(1)), mine.drop("two.csv", mine.rows(2))
    person.goes_to(f"#/uploads?search={mine.name}/")
    for upload in (one, two):
        _selects(page, person, upload.file_name)
    person.presses("Reprocess selected…")
    person.reads("Reprocess 2 uploads?")
    page.driver.execute_script(_REFUSE, f"{two.id}/reprocess")
    person.presses("Reprocess")
    seen = person.reads("one.csv Succeeded Reprocess requested")
    assert "two.csv Succeeded The object version was deleted." in seen
    person.presses("Close")
    person.waits("the second run", lambda: _runs(mine, one.id))


def test_the_filtered_list_is_exported(person: Person, mine: Account) -> None:
    """The file has every upload that matches the filters, also those that aren't loaded, with exact counts."""
    mine.drop("=risky.csv", mine.rows(1, "x"))
    mine.drop("plain.csv", mine.rows(2))
    mine.drop("other.csv", "time\n1\n")
    person.goes_to(f"#/uploads?search={mine.name}/&status=succeeded_with_errors")
    person.reads("=risky.csv")
    with person.downloads("Download CSV", "uploads.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [("succeeded_with_errors", f"uploads/{mine.name}/=risky.csv", "2", "1", "1")] == [
        (row["status"], row["key"], row["row_count"], row["success_count"], row["error_count"]) for row in rows
    ]


def _selects(page: Page, person: Person, name: str) -> None:
    box = person.waits(f"the box of {name}", lambda: page.driver.execute_script(_BOX, name))
    box.click()


def _runs(account: Account, upload_id: str) -> bool:
    history = account.get(f"/v1/uploads/{upload_id}/history")
    return any(entry["run"] == 2 for entry in history["data"])


_BOX = """
  return document.querySelector(`input[type=checkbox][aria-label="Select ${arguments[0]}"]`);
"""
_BELOW_THE_ZONE = """
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  return box(".list-bar > .actions").top >= box(".zone").bottom;
"""
_REFUSE = """
  const [path] = arguments;
  const real = window.fetch;
  window.fetch = async (url, options) => {
    if (!String(url).endsWith(path)) return real(url, options);
    const error = {code: "upload_file_gone", message: "The object version was deleted."};
    return Response.json({error}, {status: 400});
  };
"""
