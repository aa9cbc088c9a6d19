"""Permissions of API keys: a resource, and read or write. Presets name the usual sets of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """The extent of a permission. `write` includes `read`."""

    READ = "read"
    WRITE = "write"


class Permission(NamedTuple):
    """A resource and a level."""

    resource: "Resource"
    level: Level

    def __str__(self) -> str:
        """Write the permission as `uploads:read`."""
        return f"{self.resource.value}:{self.level.value}"


class Resource(StrEnum):
    """A part of the API. Each has its own permissions."""

    UPLOADS = "uploads"
    FILES = "files"
    USAGE = "usage"
    METER_EVENTS = "meter_events"
    METERS = "meters"
    CUSTOMERS = "customers"
    PERIODS = "periods"

    @property
    def read(self) -> Permission:
        """The permission to read this resource."""
        return Permission(self, Level.READ)

    @property
    def write(self) -> Permission:
        """The permission to read and to change this resource."""
        return Permission(self, Level.WRITE)


Permissions = Mapping[Resource, Level]
"""The levels of a key. A key can neither read nor change a resource that is missing."""

ALL: Permissions = dict.fromkeys(Resource, Level.WRITE)
PRESETS: Mapping[str, Permissions] = {
    "admin": ALL,
    "read": dict.fromkeys(Resource, Level.READ),
    "upload": {Resource.UPLOADS: Level.READ, Resource.FILES: Level.WRITE},
    "meter": {Resource.METER_EVENTS: Level.WRITE},
}
OF_OBJECT_KEYS = frozenset({Resource.UPLOADS, Resource.FILES})
"""The resources that belong to an object key. A prefix of object keys can limit only these."""
