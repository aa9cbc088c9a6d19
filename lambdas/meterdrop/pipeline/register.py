"""What becomes of the customers whom a file names: each is read, then written once, where that changes anything."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from meterdrop.domain.customers.customer import StoredCustomer
from meterdrop.domain.customers.registration import Change, Registration, registered, successes
from meterdrop.domain.uploads.tally import CustomerTally
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.in_order import chunks, in_order
from meterdrop.pipeline.ports import Registry

_ROUNDS = 10
_WAIT = 10  # seconds
_Pending = tuple[Registration, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registering:
    """How customers are written."""

    upload_id: str
    created: int
    """Arrival of the upload, which new customers are created at."""
    attributes: tuple[str, ...]
    """What the file's columns say of a customer."""
    registry: Registry
    executor: Executor
    is_outdated: bool = False
    """Whether the file changes nobody: what earlier attempts wrote counts, all other rows are duplicates."""


def register(registrations: Iterable[Registration], how: Registering, tally: CustomerTally) -> Iterator[None]:
    """Write customers and settle all their rows; yields now and then, so that progress can be told.

    A customer whom somebody else wrote since it was read is read and decided upon again; raises BusyError where that
    has no end.
    """
    registry, executor = how.registry, how.executor
    for _ in range(_ROUNDS):
        refused: list[Registration] = []
        for batch, outcomes in in_order(
            executor,
            lambda pending: registry.write([change for _, change in pending]),
            chunks(_to_write(registrations, how, tally), registry.write_limit),
        ):
            for (registration, (_, after)), is_written in zip(batch, outcomes, strict=True):
                if is_written:
                    tally.settle(registration.rows, successes(after, how.upload_id))
                else:
                    refused.append(registration)
            yield
        if not refused:
            return
        registrations = refused
    raise BusyError("somebody else keeps writing the same customers", _WAIT)


def _to_write(registrations: Iterable[Registration], how: Registering, tally: CustomerTally) -> Iterator[_Pending]:
    """Settle those that need no write; return the others."""
    registry = how.registry

    def read(part: list[Registration]) -> dict[str, StoredCustomer]:
        return registry.read([registration.id for registration in part])

    for part, stored in in_order(how.executor, read, chunks(registrations, registry.read_limit)):
        for registration in part:
            before = stored.get(registration.id)
            after = before
            if not how.is_outdated:
                after = registered(registration, before, how.attributes, upload_id=how.upload_id, created=how.created)
            if after is before or after is None:
                tally.settle(registration.rows, successes(after, how.upload_id))
            else:
                yield registration, (before, after)
