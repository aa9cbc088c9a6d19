"""The tables of docs/stripe.md that compare Meterdrop with Stripe, and the comparison that they allow."""

import re
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tests.support.stripe_description import StrictDescription

GUIDE = Path(__file__).parents[2] / "docs" / "stripe.md"
THERE, NOT_THERE, ONLY_HERE = "there", "not there", "only here"
_SPAN = re.compile(r"`([^`]+)`")


class Row(NamedTuple):
    """A row of a table: what it is about, the names in its second column, and whether they are here."""

    subjects: tuple[str, ...]
    names: tuple[str, ...]
    here: str


def rows(heading: str) -> list[Row]:
    """Read the table under a heading of the guide."""
    section = re.split(r"^#+ ", GUIDE.read_text().partition(f"\n### {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line[1:-1].split("|") for line in section.splitlines() if line.startswith("| ")]
    return [Row(spans(cells[0]), spans(cells[1]), cells[-2].strip()) for cells in lines[1:]]


def spans(cell: str) -> tuple[str, ...]:
    """Return what stands in backticks, or the text if nothing does."""
    return tuple(_SPAN.findall(cell)) or (cell.strip(),)


ROUTES = {row.subjects[0]: row.here for row in rows("Routes")}
SUPPORTED = [route for route, here in ROUTES.items() if here == THERE]
"""The routes whose answers are compared with the description."""
PARAMETERS = {
    (route, name): row.here
    for row in rows("Parameters")
    for subject, name in product(row.subjects, row.names)
    for route in (SUPPORTED if subject == "all routes" else [subject])
}
FIELDS = {(row.subjects[0], name): row.here for row in rows("Fields") for name in row.names}
STRICT = StrictDescription(FIELDS)
"""Stripe's description, with the differences of the tables."""
_PLACEHOLDER = re.compile(r"{[^}]*}")
_SUPPORTED = {_PLACEHOLDER.sub("{}", route): route for route in SUPPORTED}


def stripes_route(method: str, path: str) -> tuple[str, str] | None:
    """Return method and path of a route as Stripe describes it, or None if Stripe doesn't have it."""
    route = _SUPPORTED.get(f"{method.upper()} {_PLACEHOLDER.sub('{}', path)}")
    return None if route is None else (method.upper(), route.partition(" ")[2])
