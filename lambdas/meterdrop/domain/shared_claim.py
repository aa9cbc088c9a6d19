"""What several uploads lay claim to, a content or the account of a key: one owns it, and is alone at work on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meterdrop.domain.upload import DRY_RUN_PREFIX
from meterdrop.domain.upload_key import nfc

_COUNTED_PREFIX = "uploads/"


@dataclass(frozen=True, slots=True)
class SharedClaim:
    """One such thing. Whoever changes it makes the next revision, on condition of the one that was read.

    Every attempt of an upload makes one, even where it holds the claim already: so who found the upload final, and
    means to take its place, learns that it is at work again.
    """

    owner: str
    holders: Mapping[str, str] = field(default_factory=dict)
    """Of a content: the uploads that hold it, each with the key under which its rows count. Of the account of a key:
    versions, each with the rows that may have events of their own; the newest ones, where there are pages."""
    revision: int = 1
    pages: int = 0
    """How many pages with further versions an account has; a page is a claim of its own, with a number in its name."""
    latest: tuple[str, ...] = ()
    """The last whole files of an account that were taken up, the newest last."""


def counted_key(key: str) -> str:
    """Return the key under which a file counts, in Unicode NFC: a Mac and a PC write `märz.csv` differently.

    A dry run only looks what would come of it there.
    """
    counted = _COUNTED_PREFIX + key.removeprefix(DRY_RUN_PREFIX) if key.startswith(DRY_RUN_PREFIX) else key
    return nfc(counted)
