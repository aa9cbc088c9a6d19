"""The list of API keys, which only admin keys see, and the views of a key with few permissions."""

from tests.support.browser.harness import Page
from tests.support.browser.looking import enter
from tests.support.browser.person import Person
from tools.stack.api_keys import KeyRequest, make_key, revoke_key
from tools.stack.local_stack import LocalStack

HOSTILE = "<img src=x onerror=alert(1)>"


def test_keys_are_listed_and_limit_what_is_offered(page: Page, person: Person, stack: LocalStack) -> None:
    """For everyone, and the name of a key is text. An uploader sees its uploads and the view to upload, no more."""
    dynamodb, table = stack.clients.dynamodb(), stack.outputs.keys_table
    request = KeyRequest(role="upload", name=HOSTILE, days="9", prefix="uploads/acme/")
    made, secret = make_key(dynamodb, table, request)
    try:
        person.goes_to("#/keys")
        for words in (HOSTILE, made.id, "uploads:read, files:write", "uploads/acme/", "make key", "Everything"):
            person.reads(words)
        page.is_for_everyone()
        page.wide(1280)  # on a phone, the header doesn't name the kind of key
        enter(page, person, secret)
        person.reads("Restricted key")
        named = [link.text for link in page.driver.find_elements("css selector", "nav a")]
        assert ["Data management", "Upload"] == named
        person.goes_to("#/keys")
        person.reads("Your API key doesn't have the permission for this page: admin.")
    finally:
        revoke_key(dynamodb, table, made.id)
