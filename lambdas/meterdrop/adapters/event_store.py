"""The events: each item is its own claim, and no write ever replaces one.

INSERT refuses a key that exists, row by row, at the price of one write. Whose the stored event is tells its upload and
row, so that an answer lost on the way is told from a stranger's event.
"""

from collections.abc import Sequence

from meterdrop.adapters.batches import WRITE_LIMIT
from meterdrop.adapters.event_reader import EventReader
from meterdrop.adapters.event_statement import EventStatements
from meterdrop.adapters.statements import DUPLICATE, OPERATION, execute
from meterdrop.adapters.wire import Pacer, Wire
from meterdrop.domain.metering.event import Event, StoredEvent


class EventStore(EventReader):
    """Inserts, reads and deletes the events of one upload."""

    insert_limit = WRITE_LIMIT

    def __init__(self, wire: Wire, table: str, upload_id: str, received: int) -> None:
        """Write events as those of `upload_id`, received at `received` (epoch seconds)."""
        super().__init__(wire, table)
        self._statements = EventStatements(table, upload_id, received)

    def insert(self, events: Sequence[Event]) -> list[StoredEvent | None]:
        """Insert at most `insert_limit` events with different ids.

        Returns, in their order, None for each that was inserted, or what is stored under its id already, which may be
        the event itself where an earlier answer was lost.
        """
        outcomes: list[StoredEvent | None] = [None] * len(events)
        pending = list(range(len(events)))
        pacer = Pacer(OPERATION)
        while True:
            codes = execute(self._wire, [self._statements.write(events[at]) for at in pending])
            taken = [at for at, code in zip(pending, codes, strict=True) if code is not None]
            if not taken:
                return outcomes
            stored = self.read(events[at].id for at in taken)
            for at in taken:
                outcomes[at] = stored.get(events[at].id)
            pending = [at for at in taken if outcomes[at] is None]  # gone since: free to be inserted
            if not pending:
                return outcomes
            pacer.wait(DUPLICATE)

    def delete(self, ids: Sequence[str]) -> None:
        """Delete those of at most `insert_limit` events that are the upload's; others stay as they are."""
        execute(self._wire, [self._statements.delete(id_) for id_ in ids])
