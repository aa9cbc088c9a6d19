"""Who changed what: the history of an upload, the last change of an event and of a billing period, and a revert."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.browser.account import NIGHT, Account
from tests.support.browser.harness import Page
from tests.support.browser.looking import enter
from tests.support.browser.metered import Metered
from tests.support.browser.person import Person
from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.local_stack import LocalStack

NOBODY = "\u2013"
ESCAPE = "\ue00c"
HOSTILE = "<b>billing job</b>"


@dataclass(frozen=True)
class Key:
    """An API key with its secret."""

    id: str
    secret: str


@pytest.fixture(scope="module")
def colleague(stack: LocalStack) -> Iterator[Key]:
    """Make somebody else's admin key, whose name is markup."""
    with _a_key(stack, KeyRequest(role="admin", name=HOSTILE)) as key:
        yield key


@pytest.fixture
def metered(stack: LocalStack, tmp_path: Path) -> Metered:
    """Make a meter without usage."""
    return Metered.register(Account(stack, tmp_path))


def test_the_history_names_who_did_what(page: Page, person: Person, account: Account, colleague: Key) -> None:
    """The arrival, each run with its result, and each request with its API key, oldest first, without a reload."""
    upload = account.drop("history.csv", account.rows(1, 2, "x"))
    person.goes_to(f"#/uploads/{upload.id}")
    person.reads("By Result")
    own_key = account.post(f"/v1/uploads/{upload.id}/reprocess")["last_change"]["by"]["id"]
    person.waits("the end of the run", lambda: "succeeded_with_errors" == account.status(upload.id))
    enter(page, person, colleague.secret)
    person.presses("Revert…")
    person.reads("No other uploads are affected.")
    person.presses("Revert")
    person.reads("Reverted. Its events no longer count.")
    person.waits("the end of the revert", lambda: 6 == len(_history(page)))
    assert [
        ["Received", NOBODY, ""],
        ["Processed", "Meterdrop", "2 stored, 1 refused"],
        ["Reprocess requested (run 2)", own_key, ""],
        ["Processed (run 2)", "Meterdrop", "2 stored, 1 refused"],
        ["Revert requested (run 2)", f"{HOSTILE} {colleague.id}", ""],
        ["Reverted (run 2)", NOBODY, ""],
    ] == _history(page)
    page.is_for_everyone()


def test_an_event_names_who_created_and_cancelled_it(
    page: Page, person: Person, metered: Metered, colleague: Key
) -> None:
    """In the details of an event. Rows of a file have no change of their own: their upload has."""
    enter(page, person, colleague.secret)
    metered.account.drop("row.csv", metered.account.rows(5))
    metered.use("98765", NIGHT + 60)
    person.goes_to(f"#/meters/{metered.id}")
    person.reads("Created with the API")
    seen = _details(page, person, "98,765")
    assert "Last change create, " in seen
    assert "by key_" in seen
    assert colleague.id not in seen
    person.presses("Close")
    assert "Last change" not in _details(page, person, "File, row 1")
    person.presses("Close")

    person.field("Show new events automatically").click()
    person.presses(f"Cancel event {page.driver.execute_script(_IDENTIFIER)}")
    person.presses("Cancel event")
    for _ in range(2):  # at once, and after the page has been loaded again
        person.reads("Cancelled")
        seen = _details(page, person, "98,765")
        assert "Last change cancel, " in seen
        assert _by(HOSTILE, colleague) in seen
        page.driver.refresh()


def test_a_billing_period_names_who_created_and_closed_it(
    page: Page, person: Person, account: Account, colleague: Key
) -> None:
    """Among its details, from the moment of the close on."""
    start = int(datetime(1979, 5, 1, tzinfo=UTC).timestamp())
    period = account.post("/v1/billing_periods", name=account.name, period="month", start_time=start)
    enter(page, person, colleague.secret)
    person.goes_to(f"#/billing/periods/{period['id']}")
    created = _by_of(period)
    seen = person.reads("Last change")
    assert f"by {created}" in seen[seen.index("Last change create, ") :]
    person.presses("Close period…")
    person.presses("Close period")
    seen = person.reads(_by(HOSTILE, colleague))
    assert "Last change close, " in seen
    page.is_for_everyone()


def test_a_revert_reprocesses_the_duplicates_if_asked(page: Page, person: Person, account: Account) -> None:
    """The dialog offers it to keys that can do it, if there are duplicates. Then the other upload counts its rows."""
    marked = account.rows("71", "72").replace("payload_value", "payload_value,identifier")
    marked = marked.replace(",71\n", f",71,{account.name}-71\n").replace(",72\n", f",72,{account.name}-72\n")
    first, alone = account.drop("original.csv", marked), account.drop("alone.csv", account.rows("73"))
    again = account.drop("duplicates.csv", marked + "\n")
    assert (0, 2) == (again.counts.success, again.counts.duplicate)

    person.goes_to(f"#/uploads/{alone.id}")
    person.presses("Revert…")
    person.reads("No other uploads are affected.")
    assert "Reprocess the uploads with duplicates" not in person.sees()
    person.hits(ESCAPE)

    person.goes_to(f"#/uploads/{first.id}")
    with _a_key(account.stack, KeyRequest(role="uploads:write", prefix=f"uploads/{account.name}/")) as limited:
        enter(page, person, limited.secret)
        person.presses("Revert…")
        person.reads("duplicates.csv")
        assert "Reprocess the uploads with duplicates" not in person.sees()
        person.hits(ESCAPE)
        enter(page, person, account.stack.secret_key)
    person.presses("Revert…")
    person.reads("duplicates.csv")
    box = person.field("Reprocess the uploads with duplicates")
    assert not box.is_selected()
    box.click()
    assert box.is_selected()
    page.check_accessibility()
    person.presses("Revert")
    person.reads("Reverted. Its events no longer count.")
    person.goes_to(f"#/uploads/{again.id}")
    person.reads("All 2 rows counted.")


@contextmanager
def _a_key(stack: LocalStack, wanted: KeyRequest) -> Iterator[Key]:
    dynamodb, table = stack.clients.dynamodb(), stack.outputs.keys_table
    made, secret = make_key(dynamodb, table, wanted)
    try:
        yield Key(made.id, secret)
    finally:
        revoke_key(dynamodb, table, made.id)


def _history(page: Page) -> list[list[str]]:
    """Return what, by whom, and the result of each entry that is seen, without its time."""
    rows = page.driver.execute_script(_HISTORY)
    return [[what, by, result] for what, _, by, result in rows]


def _details(page: Page, person: Person, words: str) -> str:
    """Open the details of the event in whose row these words are; return what is seen of them."""
    person.waits(f"the event {words!r}", lambda: page.driver.execute_script(_OPEN, words))
    person.reads("Payload")
    return " ".join(page.driver.find_element("css selector", "dialog[open]").text.split())


def _by(name: str, colleague: Key) -> str:
    return f"by {name} {colleague.id}"


def _by_of(thing: dict[str, dict[str, dict[str, str]]]) -> str:
    return thing["last_change"]["by"]["id"]


_WORDS = 'const words = (element) => element.textContent.replace(/\\s+/g, " ").trim();'
_HISTORY = f"""
  {_WORDS}
  const captions = [...document.querySelectorAll("caption")];
  const table = captions.find((one) => words(one) === "History")?.parentElement;
  return [...table?.querySelectorAll("tbody tr") ?? []].map((row) => [...row.cells].map(words));
"""
_OPEN = """
  const row = [...document.querySelectorAll("tbody tr")].find((one) => one.textContent.includes(arguments[0]));
  row?.querySelector("button[aria-label*='details of event']").click();
  return row !== undefined;
"""
_IDENTIFIER = """
  const row = [...document.querySelectorAll("tbody tr")].find((one) => one.textContent.includes("98,765"));
  const button = row.querySelector("button[aria-label^='Cancel event']");
  return button.getAttribute("aria-label").replace("Cancel event ", "");
"""
