"""The PartiQL that senders of ready-made JSON use: INSERT, and UPDATE and DELETE on condition."""

import re
from dataclasses import dataclass
from typing import Any

Item = dict[str, dict[str, Any]]

_INSERT = re.compile(r"""INSERT INTO "([\w.-]+)" VALUE \{('\w+': ?\?(?:, ?'\w+': ?\?)*)\}""")
_UPDATE = re.compile(
    r"""UPDATE "([\w.-]+)"((?: SET "\w+"=\?)+)((?: REMOVE "\w+")*)"""
    r""" WHERE "pk"=\? AND "sk"=\?((?: AND "\w+"=\?)*)((?: AND "\w+" IS MISSING)*)"""
)
_DELETE = re.compile(r"""DELETE FROM "([\w.-]+)" WHERE id=\?((?: AND \w+=\?)*)""")


@dataclass(frozen=True, slots=True)
class Statement:
    """One write. `conditions` is None for an INSERT; a condition of None is that the attribute is missing."""

    table: str
    key: Item
    values: Item
    removed: tuple[str, ...] = ()
    conditions: dict[str, dict[str, Any] | None] | None = None
    deletes: bool = False

    def refused(self, found: Item | None) -> str | None:
        """Say why it is not carried out on the item that is there, in AWS's words."""
        if self.conditions is None:
            return None if found is None else "DuplicateItem"
        if found is None and self.deletes:
            return None  # what is not there need not be deleted
        if found is None or any(found.get(name) != value for name, value in self.conditions.items()):
            return "ConditionalCheckFailed"
        return None

    def applied(self, found: Item | None) -> Item | None:
        """Return the item as it is afterwards, None where there is none."""
        if self.deletes:
            return None
        return {name: value for name, value in {**(found or {}), **self.values}.items() if name not in self.removed}


def statement(text: str, parameters: list[dict[str, Any]]) -> Statement:
    """Read a statement; raises ValueError for what is none of the three, or has parameters too few or too many."""
    if len(text) > 8_192:
        raise ValueError("the statement is too long")
    if match := _INSERT.fullmatch(text):
        item = dict(zip(re.findall(r"'(\w+)'", match[2]), parameters, strict=True))
        return Statement(match[1], {name: item[name] for name in (("pk", "sk") if "pk" in item else ("id",))}, item)
    if match := _UPDATE.fullmatch(text):
        sets, removed, equal, missing = (re.findall(r'"(\w+)"', part) for part in match.groups()[1:])
        where = ["pk", "sk", *equal]
        if len(parameters) != len(sets) + len(where):
            raise ValueError("the parameters are not those of the statement")
        conditions = dict(zip(where, parameters[len(sets) :], strict=True))
        if {"pk", "sk"} & {*sets, *removed} or set(sets) & set(removed):
            raise ValueError("a key cannot be changed, nor an attribute twice")
        return Statement(
            match[1],
            {name: conditions[name] for name in ("pk", "sk")},
            dict(zip(sets, parameters, strict=False)),
            tuple(removed),
            {**conditions, **dict.fromkeys(missing)},
        )
    if match := _DELETE.fullmatch(text):
        conditions = dict(zip(["id", *re.findall(r"(\w+)=", match[2])], parameters, strict=True))
        return Statement(match[1], {"id": parameters[0]}, {}, conditions={**conditions}, deletes=True)
    raise ValueError(text)
