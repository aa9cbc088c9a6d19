"""The key is typed in once, kept for the tab only, and decides what the page offers."""

from local.keys import Role, make_key, revoke_key
from local.local_stack import LocalStack
from tests.browser.account import Account
from tests.browser.harness import Page
from tests.browser.person import Person


def test_a_key_is_asked_for_and_kept_for_the_tab_only(page: Page, person: Person, stack: LocalStack) -> None:
    """A wrong key is refused in words; a right one opens the page, and leaves no trace but in the tab's storage."""
    person.presses("Forget key")
    person.types("API key", "sk_wrong")
    person.presses("Continue")
    person.reads("This key is not valid. It may have been revoked.")
    person.types("API key", stack.secret_key)
    person.hits("\ue007")
    person.reads("Data management")

    kept = page.driver.execute_script("return [localStorage.length, document.cookie, sessionStorage.length]")
    assert [0, "", 1] == kept
    person.presses("Forget key")
    assert 0 == page.driver.execute_script("return sessionStorage.length")


def test_a_shared_link_opens_once_the_key_is_there(page: Page, person: Person, stack: LocalStack) -> None:
    """Who follows a link without a key gets what it leads to after typing one, on a phone too."""
    person.presses("Forget key")
    page.is_for_everyone()
    person.goes_to("#/uploads?status=failed&folder=nowhere%2F")
    person.types("API key", stack.secret_key)
    person.presses("Continue")
    person.reads("No upload matches.")
    assert "#/uploads?status=failed&folder=nowhere%2F" == person.place


def test_a_read_key_is_offered_nothing_that_writes(person: Person, account: Account, stack: LocalStack) -> None:
    """With a read key neither navigation nor views have what changes anything, and the place itself says no."""
    upload = account.drop("read-only.csv", account.rows(1, "one"))
    person.presses("Forget key")
    person.types("API key", stack.read_key)
    person.presses("Continue")
    person.reads("Read key")
    assert (False, False) == (person.has_link("Upload"), person.has_link("Upload files"))

    person.goes_to(f"#/uploads/{upload.id}")
    person.reads("Download original")
    assert (False, False) == (person.has("Reprocess…"), person.has("Revert…"))

    person.goes_to("#/upload")
    person.reads("the key that you entered may only read")


def test_a_revoked_key_ends_the_session(person: Person, stack: LocalStack) -> None:
    """A key that is revoked while the page is open brings back the question for a key, with the reason."""
    dynamodb = stack.clients.dynamodb()
    made, key = make_key(dynamodb, stack.outputs.catalog_table, Role.READ)
    person.presses("Forget key")
    person.types("API key", key)
    person.presses("Continue")
    person.reads("Read key")
    revoke_key(dynamodb, stack.outputs.catalog_table, made.id)
    person.presses("Refresh")
    person.reads("This key is no longer valid. It may have been revoked.")
