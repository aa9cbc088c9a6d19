"""Stripe's own client, as a program uses it: with the base address and the key changed, and nothing else."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar

import stripe
from stripe import HTTPXClient, ListObject, SearchResultObject, StripeClient

P = ParamSpec("P")
R = TypeVar("R")
Thing = TypeVar("Thing", bound=stripe.StripeObject)

stripe.enable_telemetry = False  # it would leave a file in the home of whoever runs the tests


@dataclass(frozen=True)
class Calls:
    """Makes each call in one of the client's two forms: as it is, or by its `…_async` sibling and httpx."""

    client: StripeClient
    address: str
    runner: asyncio.Runner | None = None
    http_client: HTTPXClient | None = None

    def __call__(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Make a call given by its synchronous form, such as `calls.client.v1.customers.list`."""
        if self.runner is None:
            return call(*args, **kwargs)
        answer: R = self.runner.run(_sibling(call)(*args, **kwargs))
        return answer

    def pages(self, first: ListObject[Thing] | SearchResultObject[Thing]) -> Iterator[Thing]:
        """Give all there is from a first page on, as `auto_paging_iter` pages: each page when it is needed."""
        if self.runner is None:
            yield from first.auto_paging_iter()
            return
        things = aiter(first.auto_paging_iter())
        while (thing := self.runner.run(_next(things))) is not None:
            yield thing

    def find(self, ids: Collection[str], first: ListObject[Thing]) -> list[Thing]:
        """Page until all of `ids` have come, and give all that came; tests share a stack, which fills up."""
        missing, seen = set(ids), []
        for thing in self.pages(first):
            seen.append(thing)
            missing.discard(thing["id"])
            if not missing:
                return seen
        raise AssertionError(f"{missing} not among the {len(seen)} that were listed")

    def by(self, key: str, **options: Any) -> "Calls":
        """Call with another key, or other options of the client."""
        return replace(self, client=_client(key, self.address, self.http_client, **options))


@contextmanager
def making_calls(form: str, address: str, key: str) -> Iterator[Calls]:
    """Begin to call: `form` is `sync` or `async`."""
    if form == "sync":
        yield Calls(_client(key, address), address)
        return
    http_client = HTTPXClient()
    with asyncio.Runner() as runner:
        yield Calls(_client(key, address, http_client), address, runner, http_client)
        runner.run(http_client.close_async())  # type: ignore[no-untyped-call]


def unique(name: str) -> str:
    """Make a name that no other test uses: all of them share one stack."""
    return f"{name}_{secrets.token_hex(6)}"


def _client(key: str, address: str, http_client: HTTPXClient | None = None, **options: Any) -> StripeClient:
    addresses: Any = dict.fromkeys(("api", "files", "connect", "meter_events"), address)
    return StripeClient(key, base_addresses=addresses, http_client=http_client, **options)


def _sibling(call: Callable[..., Any]) -> Callable[..., Any]:
    owner, name = call.__self__, call.__name__  # type: ignore[attr-defined]
    sibling: Callable[..., Any] = getattr(owner, f"{name}_async")
    return sibling


async def _next(things: AsyncIterator[Thing]) -> Thing | None:
    return await anext(things, None)
