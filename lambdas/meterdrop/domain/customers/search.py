"""Stripe's query language, for the search of customers: `name~'ada' AND metadata['plan']:'pro'`."""

import operator
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from meterdrop.domain.customers.customer import Customer

MAX_CLAUSES = 10
"""Stripe's limit."""
CREATED = "created"
METADATA = "metadata"
TEXTS: dict[str, Callable[[Customer], str | None]] = {
    "id": operator.attrgetter("id"),
    "name": operator.attrgetter("name"),
    "email": operator.attrgetter("email"),
    "phone": operator.attrgetter("phone"),
}
"""The fields with texts."""

_QUOTED = r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\""""
_CLAUSE = re.compile(
    rf"(?P<negated>-?)(?P<field>\w++)(?:\[(?P<key>{_QUOTED})\])?\s*+(?P<operator>:|~|>=|<=|>|<)\s*+"
    rf"(?:(?P<text>{_QUOTED})|(?P<number>[0-9]{{1,12}})|(?P<null>null))(?=\s|$)"
)
_JOIN = re.compile(r"\s++(?:(AND|OR)\s++)?", re.IGNORECASE)
_COMPARISONS = {":": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
_SYNTAX = "Write clauses such as name~'ada', email:'ada@example.com', or created>1727222400."


class QueryError(ValueError):
    """A query that can't be understood. The message says why, and what is expected."""


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    """A parsed query: conditions of which a customer must meet all, or any one."""

    conditions: tuple[Callable[[Customer], bool], ...]
    is_any: bool

    def matches(self, customer: Customer) -> bool:
        """Return whether a customer is a result."""
        met = (condition(customer) for condition in self.conditions)
        return any(met) if self.is_any else all(met)


def parse_query(query: str) -> CustomerQuery:
    """Parse a query. Raises QueryError."""
    text, position = query.strip(), 0
    conditions, joins = [], set[str]()
    while True:
        clause = _CLAUSE.match(text, position)
        if clause is None:
            raise QueryError(f"There is no clause at character {position + 1}. {_SYNTAX}")
        conditions.append(_condition(clause))
        position = clause.end()
        if position == len(text):
            break
        join = _JOIN.match(text, position)
        joins.add(((join and join[1]) or "AND").upper())
        position = join.end() if join else position
    if len(joins) > 1:
        raise QueryError("The query has both AND and OR. Send one query for each alternative.")
    if len(conditions) > MAX_CLAUSES:
        raise QueryError(f"The query has {len(conditions)} clauses. The maximum is {MAX_CLAUSES}.")
    return CustomerQuery(tuple(conditions), joins == {"OR"})


def _condition(clause: re.Match[str]) -> Callable[[Customer], bool]:
    condition = _numeric(clause) if clause["field"] == CREATED else _textual(clause)
    return (lambda customer: not condition(customer)) if clause["negated"] else condition


def _numeric(clause: re.Match[str]) -> Callable[[Customer], bool]:
    number = clause["number"] or _unquoted(clause["text"] or "")
    if clause["operator"] == "~" or clause["key"] or not (number.isascii() and number.isdecimal()):
        raise QueryError(f"The clause {clause[0]} doesn't fit: {CREATED} is a number. Write {CREATED}>1727222400.")
    compare, wanted = _COMPARISONS[clause["operator"]], int(number)
    return lambda customer: compare(customer.created, wanted)


def _textual(clause: re.Match[str]) -> Callable[[Customer], bool]:
    field, text_of = clause["field"], _getter(clause["field"], clause["key"])
    if clause["null"] and clause["operator"] == ":":
        return lambda customer: text_of(customer) is None
    if clause["text"] is None or clause["operator"] not in {":", "~"}:
        raise QueryError(
            f"The clause {clause[0]} doesn't fit: {field} is text. Write {field}:'text' or {field}~'part'."
        )
    wanted = _folded(_unquoted(clause["text"]))
    if clause["operator"] == ":":
        return lambda customer: _folded(text_of(customer) or "") == wanted
    return lambda customer: wanted in _folded(text_of(customer) or "")


def _getter(field: str, key: str | None) -> Callable[[Customer], str | None]:
    if key and field == METADATA:
        name = _unquoted(key)
        return lambda customer: customer.metadata.get(name)
    if key or field not in TEXTS:
        known = ", ".join((*TEXTS, CREATED))
        raise QueryError(f"{field} isn't a field that can be searched. Use {known}, or {METADATA}['key'].")
    return TEXTS[field]


def _unquoted(text: str) -> str:
    """Return a quoted text without its quotation marks, and without the backslashes before characters."""
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _folded(text: str) -> str:
    """Return a text as it is compared: in lower case, with accents encoded one way."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())
