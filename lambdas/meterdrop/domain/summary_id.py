"""The id of a summary: nothing is stored under it, so that it has to say by itself where in a list it stands."""

import base64
import binascii
import hashlib

from meterdrop.domain.stored_contribution import Scope

_PREFIX = "mtrusg_"
_START_BYTES = 5
_DIGEST_BYTES = 10  # fifteen in all: whole characters of base32, without padding


def summary_id(scope: Scope, start: int, end: int) -> str:
    """Return the id of the summary of a scope from `start` to `end`: always the same, and no other's."""
    whose = f"{scope.meter}\0{'' if scope.customer is None else scope.customer}\0{start}\0{end}"
    digest = hashlib.sha256(whose.encode()).digest()[:_DIGEST_BYTES]
    return _PREFIX + base64.b32encode(start.to_bytes(_START_BYTES, signed=True) + digest).decode().lower()


def start_of(id_: str) -> int | None:
    """Return where the summary of an id begins, in epoch seconds, or None where it cannot be an id."""
    try:
        read = base64.b32decode(id_.removeprefix(_PREFIX).upper())
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(read[:_START_BYTES], signed=True) if len(read) == _START_BYTES + _DIGEST_BYTES else None
