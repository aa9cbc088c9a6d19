"""The S3 keys of uploads and error files."""

import unicodedata
from collections.abc import Container
from datetime import UTC, datetime

from meterdrop.domain.codes import Kind

NAME_LIMIT = 200
"""Maximum characters of a file name. With 4 bytes each, they fit into the keys of the upload and its error file."""
_KEY_LIMIT = 1_024  # bytes of an S3 object key
_BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def upload_key(file_name: str, *, prefix: str, now: int, token: str) -> str:
    """Return the key for a new file: `<prefix><day>/<token>/<name>`. The prefix is one of `INPUT_PREFIXES`.

    The unique `token` separates files with the same name: the same key would mean an updated file.
    """
    return f"{prefix}{datetime.fromtimestamp(now, UTC):%Y-%m-%d}/{token}/{plain_name(file_name)}"


def updated_key(earlier: str, *, prefix: str) -> str | None:
    """Return the key of the same account under `prefix`. Return None if there is none.

    `earlier` is the key of a file, or of its dry run. Customer files have no account.
    """
    if {INPUT_PREFIXES.get(input_prefix(earlier) or ""), INPUT_PREFIXES[prefix]} != {Kind.USAGE}:
        return None
    return prefix + _below_prefix(earlier)


def nfc(key: str) -> str:
    """Return a key in Unicode NFC, so that names from macOS and Windows are equal.

    NFC makes some characters longer. A key that would exceed S3's limit stays unchanged.
    """
    composed = unicodedata.normalize("NFC", key)
    return composed if len(composed.encode()) <= _KEY_LIMIT else key


def plain_name(file_name: str) -> str:
    """Return the last part of a path of any system, without control characters and S3 placeholders."""
    last = file_name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = "".join("_" if _is_unsafe(character) else character for character in last[:NAME_LIMIT]).strip()
    # S3 forms replace `${filename}` with the browser's value. Many programs treat a name of dots as a folder.
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
    """Return the input prefix of a key, None if the key isn't an upload."""
    return next((prefix for prefix in INPUT_PREFIXES if key.startswith(prefix)), None)


def partner_of(key: str, partners: Container[str]) -> str | None:
    """Return the partner that uploaded a usage file: the first folder of its key. Return None for the owner."""
    folder, slash, _ = _below_prefix(key).partition("/")
    return folder if slash and not key.startswith(CUSTOMER_PREFIX) and folder in partners else None


def is_hidden(key: str, partners: Container[str]) -> bool:
    """Return whether the owner's error file would be in the folder of a partner, who could read it there."""
    return _below_prefix(key).partition("/")[0] in partners and partner_of(key, partners) is None


def error_file_key(key: str, upload_id: str, part: int = 1, *, hidden: bool = False) -> str:
    """Return the key of a part of an upload's error file. It is the same for each run. Parts start at 1.

    `hidden` says whether it must not be in the folder of the key, see `is_hidden`.
    """
    name = f"{upload_id}.csv" if part == 1 else f"{upload_id}.{part}.csv"
    full = f"{ERROR_PREFIX}{_below_prefix(key)}/{name}"
    return ERROR_PREFIX + name if hidden or len(full.encode()) > _KEY_LIMIT else full


def _below_prefix(key: str) -> str:
    return key[len(input_prefix(key) or "") :]
