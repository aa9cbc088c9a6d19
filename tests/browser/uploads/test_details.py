"""The details of an upload: errors, times, error file, and related uploads."""

import json
from datetime import UTC, datetime

from tests.support.browser.account import NIGHT, Account
from tests.support.browser.harness import Page
from tests.support.browser.person import Person


def test_the_errors_of_many_rows_are_counted(person: Person, account: Account) -> None:
    """The most frequent error is first, with its column. The first refused rows are below."""
    rows = account.rows(*["x"] * 12, 1).replace(f"{NIGHT},", "2024,", 1).replace(f"{NIGHT + 12},", f"{NIGHT + 99},")
    upload = account.drop("many-errors.csv", rows)
    person.goes_to(f"#/uploads/{upload.id}")
    seen = person.reads("Refused rows")
    assert "Not a number meter_event_invalid_value payload_value 11 " in seen
    assert "Invalid timestamp timestamp_invalid timestamp 1 " in seen
    assert "The error file contains all 12 refused rows." in seen


def test_totals_say_from_when_to_when(person: Person, account: Account) -> None:
    """Totals show the first and the last event time in UTC."""
    upload = account.drop("when.csv", account.rows(1, 2, 3))
    person.goes_to(f"#/uploads/{upload.id}")
    seen = person.reads("Totals by meter")
    assert f"{account.name} 3 6 25 Sept 2024, 00:00:00 UTC 25 Sept 2024, 00:00:02 UTC" in seen


def test_a_reverted_upload_shows_both_times(page: Page, person: Person, account: Account) -> None:
    """The time of processing stays, and the time of the revert is added."""
    upload = account.drop("taken-back.csv", account.rows(41))
    account.post(f"/v1/uploads/{upload.id}/revert")
    person.waits("the end of the revert", lambda: "reverted" == account.status(upload.id))
    person.goes_to(f"#/uploads/{upload.id}")
    person.reads("Reverted. Its events")
    names = [term.text.partition(" (")[0] for term in page.driver.find_elements("css selector", ".facts dt")]
    assert ["Finished", "Duration", "Reverted"] == names[names.index("Finished") :][:3]
    finished = page.driver.find_elements("css selector", ".facts time")[2].get_attribute("datetime")
    assert datetime.fromtimestamp(upload.finished_at or 0, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z") == finished


def test_it_leads_to_the_upload_that_it_updates(page: Page, person: Person, account: Account) -> None:
    """The link has the name of that upload."""
    first = account.drop("to-update.csv", account.rows(51))
    second = account.drop("update.csv", account.rows(52))
    _answers_with(page, second.id, {"updates": first.id})
    person.goes_to(f"#/uploads/{second.id}")
    person.reads("Updates to-update.csv")
    person.follows("to-update.csv")
    person.reads(first.id)


def test_an_error_file_in_parts(page: Page, person: Person, account: Account) -> None:
    """Each part has its own button. If rows are missing from the error file, the page says so."""
    upload = account.drop("parts.csv", account.rows("x"))
    assert upload.error_file is not None
    error_file = {"key": upload.error_file.key, "row_count": 1, "url": "", "part_count": 2, "is_complete": False}
    _answers_with(page, upload.id, {"error_file": error_file})
    person.goes_to(f"#/uploads/{upload.id}")
    person.reads("The error file doesn't list all 1 refused row")
    assert not person.has("Download error file")
    person.presses("Download error file, part 1 of 2")
    person.presses("Download error file, part 2 of 2")
    for part in (1, 2):
        address = f"{page.url}v1/uploads/{upload.id}/error_file?part={part}"
        person.waits(address, lambda address=address: address in page.watch.requested())  # type: ignore[misc]
    page.is_for_everyone()


def _answers_with(page: Page, upload_id: str, changes: dict[str, object]) -> None:
    """Add fields to all later responses about this upload."""
    page.driver.execute_script(_CHANGE, f"v1/uploads/{upload_id}", json.dumps(changes))


_CHANGE = """
  const [path, changes] = [arguments[0], JSON.parse(arguments[1])];
  const real = window.fetch;
  window.fetch = async (url, options) => {
    const answer = await real(url, options);
    if (!String(url).endsWith(path)) return answer;
    return Response.json({...await answer.json(), ...changes});
  };
"""
