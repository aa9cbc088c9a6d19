"""`make key`, `make keys`, `make revoke`."""

import os
import sys
from datetime import UTC, datetime

from tools.setup import signals
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.api_keys import Role, list_keys, make_key, revoke_key


def make() -> None:
    """Make a key of the role in ROLE and show it."""
    role = os.environ.get("ROLE", "")
    if role not in set(Role):
        raise Trouble(f"ROLE is {role!r}; say which the key shall have: make key ROLE=admin, or make key ROLE=read")
    clients, outputs = target.find()
    key, secret = make_key(clients.dynamodb(), outputs.catalog_table, Role(role))
    print(secret)
    print(f"This is the one time that {key.id} ({key.role}) is shown; keep it safe.", file=sys.stderr)


def show() -> None:
    """List all keys by id, role and time made."""
    clients, outputs = target.find()
    keys = list_keys(clients.dynamodb(), outputs.catalog_table)
    for key in keys:
        print(f"{key.id}  {key.role:5}  {datetime.fromtimestamp(key.created, UTC):%Y-%m-%d %H:%M:%S} UTC")
    if not keys:
        print("There are no keys; make key ROLE=admin makes one.", file=sys.stderr)


def revoke() -> None:
    """Revoke the key that ID names."""
    key_id = os.environ.get("ID", "")
    if not key_id.startswith("key_"):
        raise Trouble(f"ID is {key_id!r}; say which key, by the id that make keys shows: make revoke ID=key_...")
    clients, outputs = target.find()
    key = revoke_key(clients.dynamodb(), outputs.catalog_table, key_id)
    print(f"{key.id} ({key.role}) is revoked: its next request fails.")


def main(name: str) -> int:
    """Run one of the commands; returns the exit code."""
    try:
        signals.listen()
        target.explained({"key": make, "keys": show, "revoke": revoke}[name])
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except signals.Stopped:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
