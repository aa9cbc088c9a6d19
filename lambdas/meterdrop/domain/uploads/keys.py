"""The S3 keys of uploads and error files."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from meterdrop.domain.codes import Kind

NAME_LIMIT = 200
"""Characters of a file name. Of four bytes each they leave room in a key, in the error file's too."""
_KEY_LIMIT = 1_024  # bytes of an S3 object key
_BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def upload_key(file_name: str, *, prefix: str, now: int, token: str) -> str:
    """Return the key for a new file: `<prefix><day>/<token>/<name>`; the prefix is one of `INPUT_PREFIXES`.

    A `token` of its own keeps files of one name apart: the same key would mean the same file, updated. The last part
    is the name as the person knows it.
    """
    return f"{prefix}{datetime.fromtimestamp(now, UTC):%Y-%m-%d}/{token}/{plain_name(file_name)}"


def updated_key(earlier: str, *, prefix: str) -> str | None:
    """Return the key for an earlier file, updated, or for a dry run of it; None where that lies elsewhere.

    `earlier` is the key that the file had: only a file of usage that counts can be updated.
    """
    if not earlier.startswith(UPLOAD_PREFIX) or INPUT_PREFIXES[prefix] is not Kind.USAGE:
        return None
    return prefix + earlier.removeprefix(UPLOAD_PREFIX)


def nfc(key: str) -> str:
    """Return what a key is compared by: its Unicode NFC, so that a name from a Mac and from a PC is one.

    A few characters grow by it; a key that would be longer than any key stays as it is.
    """
    composed = unicodedata.normalize("NFC", key)
    return composed if len(composed.encode()) <= _KEY_LIMIT else key


def plain_name(file_name: str) -> str:
    """Return the last part of a path, of any system, with nothing in it that steers a shell, a screen or S3."""
    last = file_name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = "".join("_" if _is_unsafe(character) else character for character in last[:NAME_LIMIT]).strip()
    # S3 forms replace `${filename}` by what the browser sends; a dot alone is a folder to many programs.
    name = name.replace("${", "$_")
    return name if name.strip(".") else "unnamed.csv"


def _is_unsafe(character: str) -> bool:
    return character in _BIDI_CONTROLS or unicodedata.category(character) in _UNPRINTABLE


ERROR_PREFIX = "errors/"
UPLOAD_PREFIX = "uploads/"
DRY_RUN_PREFIX = "validate/"
CUSTOMER_PREFIX = "customers/"
INPUT_PREFIXES = {UPLOAD_PREFIX: Kind.USAGE, DRY_RUN_PREFIX: Kind.USAGE, CUSTOMER_PREFIX: Kind.CUSTOMERS}


def input_prefix(key: str) -> str | None:
    """Return the input prefix that a key lies under, or None for keys that are no uploads."""
    return next((prefix for prefix in INPUT_PREFIXES if key.startswith(prefix)), None)


def error_file_key(key: str, upload_id: str, part: int = 1) -> str:
    """Return the key of a part of an upload's error file, whatever the run. Parts count from 1."""
    prefix = input_prefix(key) or ""
    name = f"{upload_id}.csv" if part == 1 else f"{upload_id}.{part}.csv"
    full = f"{ERROR_PREFIX}{key[len(prefix) :]}/{name}"
    return full if len(full.encode()) <= _KEY_LIMIT else ERROR_PREFIX + name
