"""Partners: each uploads files under a first folder of its own, in a scope of names of its own.

A scope has its own identifiers, contents and accounts of keys. The owner of the stack has one more scope. So an upload
never meets the uploads of another scope, and its result is the same with and without them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

OWNER = "owner"
"""The name of the owner's scope in filters. No partner can have it."""


@dataclass(frozen=True, slots=True)
class Partner:
    """The limits of a partner's rows. None means no limit; patterns have `*` and `?`."""

    customers: tuple[str, ...] | None = None
    """Patterns of the customers' IDs."""
    meters: tuple[str, ...] | None = None
    """Patterns of the meters' event names."""
    negative: bool = True
    """Whether values can be below 0."""

    def may_use(self, event_name: str) -> bool:
        """Return whether rows can have a meter's event name."""
        return _matches(event_name, self.meters)

    def may_bill(self, customer: str) -> bool:
        """Return whether rows can have a customer."""
        return _matches(customer, self.customers)


Partners = Mapping[str, Partner]
"""The partners of a stack by name, which is that of their folder."""

UNLIMITED = Partner()
"""The limits of the owner: none."""
_FORMER = Partner(customers=(), meters=())


def limits_of(name: str | None, partners: Partners) -> Partner:
    """Return the limits of an upload's partner, None for the owner. A former partner can't add events."""
    return UNLIMITED if name is None else partners.get(name, _FORMER)


def read_partners(text: str) -> Partners:
    """Return the partners of a JSON object: limits by name."""
    return {
        name: Partner(_patterns(limits.get("customers")), _patterns(limits.get("meters")), limits.get("negative", True))
        for name, limits in json.loads(text).items()
    }


def matches_scope(partner: str | None, wanted: str | None) -> bool:
    """Return whether a partner (None for the owner) is the one that a filter wants (None for any)."""
    return wanted is None or wanted == (OWNER if partner is None else partner)


def _patterns(listed: list[str] | None) -> tuple[str, ...] | None:
    return None if listed is None else tuple(listed)


def _matches(text: str, patterns: tuple[str, ...] | None) -> bool:
    # fnmatch also has sets of characters in brackets. IDs can have brackets, so these stand for themselves here.
    return patterns is None or any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in patterns)
