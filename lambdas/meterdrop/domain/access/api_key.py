"""An API key: what it allows, where, and until when."""

from dataclasses import dataclass

from meterdrop.domain.access.permissions import Level, Permission, Permissions, Resource
from meterdrop.domain.uploads.keys import CUSTOMER_PREFIX, DRY_RUN_PREFIX, UPLOAD_PREFIX, nfc


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key without its secret. Times are in epoch seconds."""

    id: str
    is_admin: bool = False
    """Whether it is a secret key, which allows everything. Other keys are restricted keys."""
    permissions: Permissions
    prefix: str | None = None
    """The folder under `uploads/` that limits the key, such as `uploads/acme/`. Its dry runs are under `validate/`."""
    name: str = ""
    created: int
    expires: int | None = None

    def is_expired(self, now: int) -> bool:
        """Return whether the key has expired at `now` (epoch seconds)."""
        return self.expires is not None and self.expires <= now

    def allows(self, needed: Permission) -> bool:
        """Return whether the key has a permission."""
        level = self.permissions.get(needed.resource)
        return level is Level.WRITE or level is needed.level

    @property
    def sees_all(self) -> bool:
        """Whether all uploads exist for this API key."""
        return self.prefix is None and self.allows(Resource.CUSTOMERS.read)

    def sees(self, object_key: str) -> bool:
        """Return whether uploads with an object key exist for this API key.

        Uploads of customer files have personal data. Only keys that can read customers see them.
        """
        if object_key.startswith(CUSTOMER_PREFIX):
            return self.sees_all
        return self.prefix is None or nfc(object_key).startswith((self.prefix, self.limited(DRY_RUN_PREFIX)))

    def limited(self, input_prefix: str) -> str:
        """Return the prefix of this key's files under `uploads/` or `validate/`."""
        return input_prefix + (self.prefix or UPLOAD_PREFIX).removeprefix(UPLOAD_PREFIX)
