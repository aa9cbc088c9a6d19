"""Stripe's lists: pages by cursor, newest first in both directions."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Generic, NamedTuple, Protocol, TypeVar

from meterdrop.api.schemas.errors import ErrorCode, bad_parameter

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)
Position = TypeVar("Position")
Position_contra = TypeVar("Position_contra", contravariant=True)


class HasId(Protocol):
    """An item of a list."""

    @property
    def id(self) -> str:
        """The ID, which cursors name."""


Listed = TypeVar("Listed", bound=HasId)


class ListPage(NamedTuple, Generic[Item]):
    """Items, newest first; `has_more` tells whether more follow in the requested direction."""

    items: list[Item]
    has_more: bool


class PageCursor(NamedTuple):
    """The parameters that say where a page begins: at the newest item, after one, or before one."""

    starting_after: str | None = None
    ending_before: str | None = None


class IterItems(Protocol[Position_contra, Item_co]):
    """Yields the items past `beyond` lazily, in order; the caller takes at most `expect` of them."""

    def __call__(self, *, beyond: Position_contra | None, newest_first: bool, expect: int) -> Iterable[Item_co]: ...  # noqa: D102


def read_page(
    iter_items: IterItems[Position, Item],
    find_position: Callable[[str], Position | None],
    cursor: PageCursor,
    limit: int,
    *,
    noun: str,
) -> ListPage[Item]:
    """Return one page of at most `limit` items. Raises ApiError 400 for an invalid cursor.

    `find_position` returns the position of an ID, None if there is no such item. `noun` names an item in messages.
    """
    if cursor.starting_after and cursor.ending_before:
        raise bad_parameter(
            "ending_before",
            "Received both starting_after and ending_before. Send only one of them.",
            ErrorCode.PARAMETERS_EXCLUSIVE,
        )
    newest_first = cursor.ending_before is None
    id_ = cursor.starting_after or cursor.ending_before
    beyond = None
    if id_ is not None:
        beyond = find_position(id_)
        if beyond is None:
            param = "starting_after" if newest_first else "ending_before"
            raise bad_parameter(
                param, f"No such {noun}: {id_}. Use the ID of an item in this list.", ErrorCode.RESOURCE_MISSING
            )
    items = list(islice(iter_items(beyond=beyond, newest_first=newest_first, expect=limit + 1), limit + 1))
    page = items[:limit]
    return ListPage(page if newest_first else page[::-1], len(items) > limit)


def read_sorted_page(
    items: Sequence[Listed],
    cursor: PageCursor,
    limit: int,
    *,
    noun: str,
    is_listed: Callable[[Listed], bool] = lambda _: True,
) -> ListPage[Listed]:
    """Return a page of items that are read already, sorted from oldest to newest. See `read_page`.

    A cursor may name an item that is not listed.
    """

    def iter_items(*, beyond: Listed | None, newest_first: bool, expect: int) -> Iterable[Listed]:  # noqa: ARG001
        ordered = items[::-1] if newest_first else items
        begin = 0 if beyond is None else ordered.index(beyond) + 1
        return filter(is_listed, ordered[begin:])

    return read_page(iter_items, {item.id: item for item in items}.get, cursor, limit, noun=noun)
