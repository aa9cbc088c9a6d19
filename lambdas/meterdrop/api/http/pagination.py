"""Stripe's lists: pages by cursor, newest first in either direction."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, NamedTuple, Protocol, TypeVar

from meterdrop.api.schemas.errors import ErrorCode, bad_parameter

Thing = TypeVar("Thing")
Walked_co = TypeVar("Walked_co", covariant=True)
Position = TypeVar("Position")
Beyond_contra = TypeVar("Beyond_contra", contravariant=True)


class ListPage(NamedTuple, Generic[Thing]):
    """Things, newest first, and whether there are more in the direction that was asked for."""

    things: list[Thing]
    has_more: bool


class Cursor(NamedTuple):
    """Where a page begins: at the newest, behind one thing, or before one."""

    starting_after: str | None = None
    ending_before: str | None = None


class Walk(Protocol[Beyond_contra, Walked_co]):
    """Yields things in order, lazily: those past `beyond`; `expect` is how many are going to be taken."""

    def __call__(self, *, beyond: Beyond_contra | None, newest_first: bool, expect: int) -> Iterable[Walked_co]: ...  # noqa: D102


def read_page(
    walk: Walk[Position, Thing], find: Callable[[str], Position | None], cursor: Cursor, limit: int, *, noun: str
) -> ListPage[Thing]:
    """Return one page of at most `limit` things. Raises ApiError 400 for a cursor that cannot be.

    `find` looks up what a cursor names, None where there is no such thing, and `noun` is what people call one.
    """
    if cursor.starting_after and cursor.ending_before:
        raise bad_parameter(
            "ending_before", "Give starting_after or ending_before, not both.", ErrorCode.PARAMETERS_EXCLUSIVE
        )
    newest_first = cursor.ending_before is None
    id_ = cursor.starting_after or cursor.ending_before
    beyond = None
    if id_ is not None:
        beyond = find(id_)
        if beyond is None:
            param = "starting_after" if newest_first else "ending_before"
            raise bad_parameter(param, f"No such {noun}: {id_}.", ErrorCode.RESOURCE_MISSING)
    found = list(islice(walk(beyond=beyond, newest_first=newest_first, expect=limit + 1), limit + 1))
    page = found[:limit]
    return ListPage(page if newest_first else page[::-1], len(found) > limit)
