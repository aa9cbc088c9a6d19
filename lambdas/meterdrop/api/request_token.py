"""What names one request, so that a repeat of it after a crash finds what the first attempt has made."""

import base64
import hashlib
import secrets

CONTEXT_KEY = "request_token"
"""Where the routes' context holds the token."""

PREFIX = "req_"
LENGTH = 26
"""Characters after the prefix: 130 bits, as many as an upload's id has."""


def request_token(caller: str, idempotency_key: str | None) -> str:
    """Return `req_` and 26 characters of a-z and 2-7: the same ones for the same key of the same caller, for ever.

    `caller` is the hash of an API key. Without an Idempotency-Key no request is the repeat of another.
    """
    if idempotency_key is None:
        digest = secrets.token_bytes(32)
    else:
        digest = hashlib.sha256(f"{caller}\0{idempotency_key}".encode()).digest()
    return PREFIX + base64.b32encode(digest).decode().lower()[:LENGTH]
