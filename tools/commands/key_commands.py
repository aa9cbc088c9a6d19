"""`make key`, `make keys`, `make revoke`."""

import os
import sys
from datetime import UTC, datetime

from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.api_keys import Role, list_keys, make_key, revoke_key


def make() -> None:
    """Create a key with the role in ROLE, and show it; raise Trouble for another role."""
    role = os.environ.get("ROLE", "")
    if role not in set(Role):
        raise Trouble(f"ROLE is {role!r}. It must be admin or read. Run: make key ROLE=admin, or make key ROLE=read")
    clients, outputs = target.find()
    key, secret = make_key(clients.dynamodb(), outputs.catalog_table, Role(role))
    print(secret)
    print(f"This is the secret of {key.id} ({key.role}). Store it safely: it isn't shown again.", file=sys.stderr)


def show() -> None:
    """List all keys with ID, role and creation time."""
    clients, outputs = target.find()
    keys = list_keys(clients.dynamodb(), outputs.catalog_table)
    for key in keys:
        print(f"{key.id}  {key.role:5}  {datetime.fromtimestamp(key.created, UTC):%Y-%m-%d %H:%M:%S} UTC")
    if not keys:
        print("There are no API keys. To create one, run: make key ROLE=admin", file=sys.stderr)


def revoke() -> None:
    """Revoke the key that ID names; raise Trouble if there is none."""
    key_id = os.environ.get("ID", "")
    if not key_id.startswith("key_"):
        raise Trouble(
            f"ID is {key_id!r}. It must be the ID of an API key. "
            "To list the IDs, run: make keys. Then run: make revoke ID=key_..."
        )
    clients, outputs = target.find()
    key = revoke_key(clients.dynamodb(), outputs.catalog_table, key_id)
    print(f"Revoked {key.id} ({key.role}). Requests with this key now fail.")


def main(name: str) -> int:
    """Run one of the commands; return the exit code."""
    return target.run_command({"key": make, "keys": show, "revoke": revoke}[name])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
