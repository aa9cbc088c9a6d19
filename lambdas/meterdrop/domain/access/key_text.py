"""The text of API keys: `sk_mdr1_` or `rk_mdr1_`, 43 random characters, and a checksum of 6 characters.

The checksum is the CRC32 of everything before it. Scanners for leaked keys find keys by it, and a wrong text is refused
without a read.
"""

import re
import secrets
import string
import zlib

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 43
"""Characters of 62 kinds: 256 random bits."""
_CHECKSUM_LENGTH = 6
KEY_TEXT = re.compile(rf"[rs]k_mdr1_[0-9A-Za-z]{{{_RANDOM_LENGTH + _CHECKSUM_LENGTH}}}")
"""The pattern of keys, for scanners."""


def new_key_text(*, is_admin: bool) -> str:
    """Return the text of a new key: `sk_…` for a key that allows everything, otherwise `rk_…`."""
    body = "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM_LENGTH))
    return with_checksum(f"{'s' if is_admin else 'r'}k_mdr1_{body}")


def is_key_text(text: str) -> bool:
    """Return whether a text has the form and the checksum of a key."""
    return KEY_TEXT.fullmatch(text) is not None and with_checksum(text[:-_CHECKSUM_LENGTH]) == text


def with_checksum(text: str) -> str:
    """Return a text with its checksum: the CRC32 in base 62, with leading zeros."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return text + digits
