"""Batches and threads behind the ports of the pipeline.

A port accepts any number of items, a table only as many as one DynamoDB call. These classes split the items into calls
and send the calls on threads. They return the results in the order of the items. They keep few more items in memory
than the calls in progress need.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Protocol, Self, TypeVar

from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.metering.event_items import EventItem, blocks_of
from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.customers.registration import Change
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.uploads.upload import Upload

_In = TypeVar("_In")
_Out = TypeVar("_Out")

THREADS = 24
"""Calls sent at the same time. At about 6 ms a call, fewer wait for the network; more use memory for little gain."""
_AHEAD = 3 * THREADS
"""Calls submitted ahead. With fewer, threads run out of work behind a slow call; with more, memory grows."""
READ_AT_ONCE = 4_096
"""IDs looked for at a time. With fewer, reads wait for the network more often; with more, memory grows."""
_BLOCKS_READ = 4
"""Blocks read by one call, so that several threads read."""
_EVENTS_PER_CALL = 2_000
_HELD = 110 * _AHEAD
"""Maximum events that calls in progress hold in memory, give or take one call."""


def chunks(items: Iterable[_In], size: int) -> Iterator[list[_In]]:
    """Split items into lists of `size`. The last list may be shorter."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _equal_weight(_: object) -> int:
    return _HELD // _AHEAD


class Threads:
    """The threads that send calls. A context manager: after its end no thread sends."""

    def __init__(self, count: int = THREADS) -> None:
        """Set the number of threads. Threads start with the first calls."""
        self._count = count
        self._executor: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Create the thread pool."""
        self._executor = ThreadPoolExecutor(self._count)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until every thread has ended."""
        if self._executor is not None:
            self._executor.shutdown(wait=True)
            self._executor = None

    def in_order(
        self, call: Callable[[_In], _Out], items: Iterable[_In], weight_of: Callable[[_In], int] = _equal_weight
    ) -> Iterator[tuple[_In, _Out]]:
        """Call `call` with each item, and yield each item with its result, in order.

        `weight_of` returns the memory that an item takes, in events.
        """
        if self._executor is None:
            raise RuntimeError("Calls are sent inside `with threads` only; this is a defect of Meterdrop.")
        pending: deque[tuple[_In, Future[_Out]]] = deque()
        held = 0
        for item in items:
            pending.append((item, self._executor.submit(call, item)))
            held += weight_of(item)
            while held >= _HELD:
                oldest, future = pending.popleft()
                yield oldest, future.result()
                held -= weight_of(oldest)
        while pending:
            oldest, future = pending.popleft()
            yield oldest, future.result()

    def for_each(self, call: Callable[[_In], None], items: Iterable[_In]) -> None:
        """Call `call` with each item, and wait for all calls."""
        for _ in self.in_order(call, items):
            pass


BlockRows = tuple[str, Collection[int]]
"""The key of a block of events, and the rows to read of it."""


class EventItemReader(Protocol):
    """Reads items of the events table, one call at a time. Safe to call from many threads."""

    @property
    def read_limit(self) -> int:
        """Maximum items per read."""

    def read_blocks(self, blocks: Sequence[BlockRows]) -> list[StoredEvent]:
        """Return the events of these rows in blocks."""

    def read_singles(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Return the events in items of their own."""


class EventBatches(EventItemReader, Protocol):
    """The events table, one call at a time. Safe to call from many threads."""

    @property
    def insert_limit(self) -> int:
        """Maximum items per insert or delete."""

    def items(self, events: Iterable[Event]) -> Iterator[EventItem]:
        """Yield the items of events: blocks and single events."""

    def insert(self, items: Sequence[EventItem]) -> dict[str, StoredEvent]:
        """Insert items. Returns the events that were stored already, by ID."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete the items that the upload owns."""


def read_events(table: EventItemReader, ids: Iterable[str], threads: Threads | None = None) -> Iterator[StoredEvent]:
    """Yield the stored events of IDs, on threads if there are any.

    Reads blocks first. Then reads the items of all IDs that the blocks don't hold.
    """
    in_order = _one_by_one if threads is None else threads.in_order
    rest = dict.fromkeys(ids)
    size = table.read_limit if threads is None else min(table.read_limit, _BLOCKS_READ)
    for _, events in in_order(table.read_blocks, chunks(blocks_of(rest).items(), size)):
        for event in events:
            del rest[event.id]
            yield event
    for _, events in in_order(table.read_singles, chunks(rest, table.read_limit)):
        yield from events


def _one_by_one(call: Callable[[_In], _Out], items: Iterable[_In]) -> Iterator[tuple[_In, _Out]]:
    return ((item, call(item)) for item in items)


class BatchedEvents:
    """The port `Events`."""

    def __init__(self, table: EventBatches, threads: Threads) -> None:
        """Call `table` on `threads`."""
        self._table = table
        self._threads = threads

    def insert_events(self, events: Iterable[Event]) -> Iterator[tuple[Event, StoredEvent | None]]:
        """Insert events with different IDs; see the port."""
        calls = self._calls(self._table.items(events))
        for items, stored in self._threads.in_order(self._table.insert, calls, _weight_of):
            for item in items:
                for event in item.events:
                    yield event, stored.get(event.id)

    def read_events(self, ids: Iterable[str]) -> Iterator[StoredEvent]:
        """Yield the stored events of different IDs; see the port."""
        for some in chunks(ids, READ_AT_ONCE):
            yield from read_events(self._table, some, self._threads)

    def delete_events(self, items: Iterable[str]) -> None:
        """Delete items; see the port."""
        self._threads.for_each(self._table.delete, chunks(items, self._table.insert_limit))

    def _calls(self, items: Iterable[EventItem]) -> Iterator[list[EventItem]]:
        """Split items into calls of limited size."""
        call: list[EventItem] = []
        count = 0
        for item in items:
            call.append(item)
            count += len(item.events)
            if len(call) == self._table.insert_limit or count >= _EVENTS_PER_CALL:
                yield call
                call, count = [], 0
        if call:
            yield call


def _weight_of(call: Sequence[EventItem]) -> int:
    return max(_equal_weight(call), sum(len(item.events) for item in call))


class UsageBatches(Protocol):
    """The usage table, one call at a time. Safe to call from many threads."""

    @property
    def put_limit(self) -> int:
        """Maximum items per call."""

    def stages(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Yield the items to put, in stages. The caller stores all items of a stage before it requests the next."""

    def put(self, items: Sequence[Attributes]) -> None:
        """Put items, and replace those with the same keys."""

    def removals(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Yield the keys of all items to delete, in stages like `stages`."""

    def remove(self, keys: Sequence[Attributes]) -> None:
        """Delete items, if they exist."""

    def stamps(self, contributions: Contributions) -> Iterator[Attributes]:
        """Yield the stamps to put after `removals`."""


class BatchedUsage:
    """The port `Usage`."""

    def __init__(self, table: UsageBatches, threads: Threads) -> None:
        """Call `table` on `threads`."""
        self._table = table
        self._threads = threads

    def put_contributions(self, contributions: Contributions) -> None:
        """Put all items of an upload's contributions; see the port."""
        for stage in self._table.stages(contributions):
            self._threads.for_each(self._table.put, chunks(stage, self._table.put_limit))

    def remove_contributions(self, contributions: Contributions) -> None:
        """Delete all items of an upload's contributions and cancels; see the port."""
        for stage in self._table.removals(contributions):
            self._threads.for_each(self._table.remove, chunks(stage, self._table.put_limit))
        self._threads.for_each(self._table.put, chunks(self._table.stamps(contributions), self._table.put_limit))


class CustomerBatches(Protocol):
    """The IDs of the catalog's customers, one call at a time. Safe to call from many threads."""

    @property
    def read_limit(self) -> int:
        """Maximum IDs per call."""

    def registered(self, ids: Sequence[str]) -> set[str]:
        """Return the IDs that are registered."""


class BatchedCustomers:
    """The port `Customers`."""

    def __init__(self, table: CustomerBatches, threads: Threads) -> None:
        """Call `table` on `threads`."""
        self._table = table
        self._threads = threads

    def registered_ids(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the registered IDs among different IDs; see the port."""
        parts = self._threads.in_order(self._table.registered, chunks(ids, self._table.read_limit))
        return frozenset().union(*(registered for _, registered in parts))


class RegistryBatches(Protocol):
    """The catalog's customers, one call at a time. Safe to call from many threads."""

    @property
    def read_limit(self) -> int:
        """Maximum IDs per read."""

    @property
    def write_limit(self) -> int:
        """Maximum customers per write."""

    def read(self, ids: Sequence[str]) -> dict[str, StoredCustomer]:
        """Return the stored customers by ID, deleted ones included."""

    def write(self, changes: Sequence[Change]) -> list[bool]:
        """Write customers. Returns False for each customer that changed since it was read."""


class BatchedRegistry:
    """The port `Registry`."""

    def __init__(self, table: RegistryBatches, threads: Threads) -> None:
        """Call `table` on `threads`."""
        self._table = table
        self._threads = threads

    def read_customers(self, ids: Iterable[str]) -> Iterator[StoredCustomer | None]:
        """Yield the customers of different IDs, in order; see the port."""
        for part, stored in self._threads.in_order(self._table.read, chunks(ids, self._table.read_limit)):
            yield from map(stored.get, part)

    def write_customers(self, changes: Iterable[Change]) -> Iterator[bool]:
        """Write customers, and yield whether each was written, in order; see the port."""
        for _, written in self._threads.in_order(self._table.write, chunks(changes, self._table.write_limit)):
            yield from written


class DuplicateItems(Protocol):
    """The items that record duplicates. Safe to call from many threads."""

    def duplicates(self, owner: str) -> Iterable[str]:
        """Return all uploads that are recorded with an owner."""

    def record_duplicate(self, owner: str, upload_id: str) -> None:
        """Record that an upload has duplicates of the owner's rows."""


class UploadItems(Protocol):
    """The uploads table. Safe to call from many threads."""

    def get(self, upload_id: str) -> Upload | None:
        """Return an upload as it is now."""


class BatchedDuplicates:
    """The port `Duplicates`."""

    def __init__(self, table: DuplicateItems, uploads: UploadItems, threads: Threads) -> None:
        """Call both tables on `threads`."""
        self._table = table
        self._uploads = uploads
        self._threads = threads

    def record_duplicates(self, upload_id: str, owners: Iterable[str]) -> Iterator[Upload | None]:
        """Record duplicates with each owner, then yield the owner; see the port."""

        def record(owner: str) -> Upload | None:
            self._table.record_duplicate(owner, upload_id)
            return self._uploads.get(owner)

        for _, owner in self._threads.in_order(record, owners):
            yield owner

    def duplicates(self, owner: str) -> Iterable[str]:
        """Return all uploads that are recorded with an owner."""
        return self._table.duplicates(owner)
