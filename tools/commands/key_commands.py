"""`make key`, `make keys`, `make revoke`."""

import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from time import time

from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.api_keys import KeyRequest, list_keys, new_key, revoke_key, role_of, store_key

_HEADINGS = ("ID", "NAME", "ROLE", "PREFIX", "CREATED", "EXPIRES", "LAST USED")


def make() -> None:
    """Create the key that ROLE, NAME, DAYS and PREFIX describe, and show it; raise Trouble for an invalid value."""
    values = {name: os.environ.get(name.upper(), "") for name in ("role", "name", "days", "prefix")}
    request = KeyRequest(**values)
    if not request.role:
        raise Trouble("ROLE is missing. Run, for example: make key ROLE=admin, or make key ROLE=read")
    key, secret = new_key(request)
    clients, outputs = target.find()
    store_key(clients.dynamodb(), outputs.keys_table, key, secret)
    print(secret)
    print(f"This is the secret of {key.id} ({role_of(key)}). Store it safely: it isn't shown again.", file=sys.stderr)


def show() -> None:
    """List all keys, oldest first."""
    clients, outputs = target.find()
    now = int(time())
    keys = list_keys(clients.dynamodb(), outputs.keys_table, outputs.idempotency_table)
    if not keys:
        print("There are no API keys. To create one, run: make key ROLE=admin", file=sys.stderr)
        return
    rows = [
        (
            key.id,
            key.name or "-",
            role_of(key),
            key.prefix or "-",
            _minute(key.created),
            "never" if key.expires is None else _minute(key.expires) + (" (expired)" if key.is_expired(now) else ""),
            "unknown" if used is None else f"{datetime.fromtimestamp(used, UTC):%Y-%m-%d %H}h",
        )
        for key, used in keys
    ]
    for line in _aligned([_HEADINGS, *rows]):
        print(line)


def revoke() -> None:
    """Revoke the key that ID names; raise Trouble if there is none."""
    key_id = os.environ.get("ID", "")
    if not key_id.startswith("key_"):
        raise Trouble(
            f"ID is {key_id!r}. It must be the ID of an API key. "
            "To list the IDs, run: make keys. Then run: make revoke ID=key_..."
        )
    clients, outputs = target.find()
    revoke_key(clients.dynamodb(), outputs.keys_table, key_id)
    print(f"Revoked {key_id}. Requests with this key now fail.")


def _minute(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"


def _aligned(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def main(name: str) -> int:
    """Run one of the commands; return the exit code."""
    return target.run_command({"key": make, "keys": show, "revoke": revoke}[name])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
