"""What users and operators ask for, on both sides; and the comparison of all that is stored."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from meterdrop.adapters.metering import event_items
from meterdrop.domain.metering.summary import UsageChangingError
from meterdrop.domain.periods.statement import Place, Quantity, stated
from meterdrop.domain.uploads.transitions import AUTOMATIC_PAUSES_SECONDS, UnexpectedStateError, to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload as StoredUpload
from meterdrop.pipeline.statements.statement_file import decode
from meterdrop.usage.cancel_event import NoSuchEventError, NotFinalError
from meterdrop.usage.create_event import IdentifierTakenError, MeterEventRefusedError
from tests.model.breaks import Break, How
from tests.model.deliveries import LONGEST_LEASE, PASSING, Deliveries
from tests.model.files import METERS, Content, Row
from tests.model.product import PERIOD
from tests.model.reference import COUNTING, Customer, Event, Upload
from tests.model.sides import events_of
from tests.support.event_items import wrong_items
from tools.commands.audit import differences

_ROUNDS = 300
_QUIET = 1_000
"""Seconds after which the sweep takes what nobody holds for lost."""


class Comparison(Deliveries):
    """Product and reference. Every difference is an AssertionError."""

    def revert(self, upload: Upload, planned: Break | None) -> None:
        """Ask for a revert."""
        may = not (upload.is_of_customers or upload.is_dry_run) and upload.status in COUNTING | {"reverting"}
        self._begin(upload, to_revert, "reverting", planned, may=may)

    def reprocess(self, upload: Upload, planned: Break | None) -> None:
        """Ask for a reprocess."""
        may = upload.status in COUNTING | {"failed", "processing"}
        self._begin(upload, to_reprocess, "processing", planned, may=may)

    def _begin(
        self,
        upload: Upload,
        change: Callable[[StoredUpload], StoredUpload],
        status: str,
        planned: Break | None,
        *,
        may: bool,
    ) -> None:
        if upload.status is None:
            return
        is_refused = self._is_refused(lambda: self.product.begin(upload.id, change), planned, UnexpectedStateError)
        assert is_refused is None or is_refused != may
        found = self.uploads()[upload.id]["status"]
        if found != upload.status:
            assert (may, status) == (True, found)
            upload.status, upload.failure = status, None
            self.final.pop(upload.id, None)

    def add(self, row: Row, planned: Break | None) -> None:
        """Add an event by hand."""
        self.requests.append((f"req_{len(self.requests):026d}", row))
        self._add(*self.requests[-1], planned)

    def add_again(self, number: int) -> None:
        """Send a request once more, whatever came of it."""
        if self.requests:
            self._add(*self.requests[number % len(self.requests)], None)

    def _add(self, owner: str, row: Row, planned: Break | None) -> None:
        id_, content = row.identifier or f"{owner}:1", row.content
        stored = self.reference.events.get(id_)
        is_ours = stored is not None and stored.owner == owner
        is_new = stored is None and row.customer in self.reference.customers
        is_new = is_new and row.event_name not in self.reference.archived
        is_refused = self._is_refused(
            lambda: self.product.add(row, owner),
            planned,
            MeterEventRefusedError,
            IdentifierTakenError,
            meanwhile=lambda _: self.add(replace(row, identifier=""), None),
        )
        if content is None or not is_new:
            assert is_refused is None or is_refused != is_ours
        elif is_refused is not None or id_ in self.events():
            assert not is_refused
            self.reference.events[id_] = Event(owner, 1, content)

    def stream(self, rows: list[Row], planned: Break | None) -> None:
        """Add several events by one request."""
        self.streams.append((f"req_{'s' * 13}{len(self.streams):013d}", rows))
        self._stream(*self.streams[-1], planned)

    def stream_again(self, number: int) -> None:
        """Send a request with several events once more, whatever came of it."""
        if self.streams:
            self._stream(*self.streams[number % len(self.streams)], None)

    def _stream(self, owner: str, rows: list[Row], planned: Break | None) -> None:
        new = self.reference.stream(owner, rows)
        is_refused = self._is_refused(
            lambda: self.product.stream(rows, owner),
            planned,
            MeterEventRefusedError,
            IdentifierTakenError,
            NotFinalError,
            meanwhile=lambda _: self.add(replace(rows[0], identifier=""), None),
        )
        assert is_refused is None or is_refused == (new is None)
        stored = {id_: event for id_, event in (new or {}).items() if id_ in self.events()}
        assert is_refused is not False or stored == new
        if new and 0 < len(stored) < len(new):
            self.reached["stream that stopped halfway"] += 1
        self.reference.events |= stored

    def cancel(self, id_: str, planned: Break | None) -> None:
        """Cancel an event."""
        event = self.reference.events[id_]
        owner = self.reference.uploads.get(event.owner)
        may = event.is_cancelled or owner is None or owner.status in COUNTING
        is_refused = self._is_refused(
            lambda: self.product.cancel(event.content.event_name, id_),
            planned,
            NotFinalError,
            NoSuchEventError,
            meanwhile=partial(self._go_on_with, owner),
        )
        now = self.reference.events.get(id_)
        if planned is not None and planned.how.startswith("owner "):
            # The owner may have gone on before or after the event was cancelled.
            assert None in (now, is_refused) or is_refused == (not self.events()[id_].is_cancelled)
        else:
            assert is_refused is None or is_refused != may
        if now is not None and (is_refused is False or self.events()[id_].is_cancelled):
            self.reference.events[id_] = now._replace(is_cancelled=True)

    def _go_on_with(self, upload: Upload | None, how: How) -> None:
        """Revert or reprocess an upload, to its end if nothing is in the way."""
        if upload is None:
            return
        (self.revert if how == "owner reverted" else self.reprocess)(self.reference.uploads[upload.id], None)
        for message in self.product.visible("ingest"):
            if self._about(message)[0] == upload.id:
                self.deliver("ingest", message, None)

    def _is_refused(
        self,
        call: Callable[[], object],
        planned: Break | None,
        *refusals: type[Exception],
        meanwhile: Callable[[How], None] = lambda _: None,
    ) -> bool | None:
        """Make a call of the API; None where it broke, so that nobody knows what came of it."""
        is_refused = False
        with self.product.process(planned, meanwhile) as process:
            try:
                call()
            except refusals as error:
                is_refused = True
                self.reached[type(error).__name__] += 1
            except Exception:
                if not process.is_unsure:
                    raise
        self.reached.update(process.came)
        return None if process.is_unsure else is_refused

    def sweep(self, planned: Break | None) -> None:
        """Run the sweep. It only begins automatic runs by itself."""
        self._is_refused(self.product.sweep, planned)
        self._follow_automatic_runs()

    def _follow_automatic_runs(self) -> None:
        """Follow the sweep: it reprocesses uploads that were given up, the first time after an hour."""
        uploads = self.uploads()
        for upload in self.reference.uploads.values():
            if upload.failure == "internal_error" and uploads[upload.id]["status"] != "failed":
                given_up = self.final.pop(upload.id)
                assert self.product.now >= given_up["finished_at"] + AUTOMATIC_PAUSES_SECONDS[0]
                assert uploads[upload.id]["status"] == "processing"
                upload.status, upload.failure = "processing", None
                self.reached["automatic run"] += 1

    def request_close(self, planned: Break | None) -> None:
        """Request a close of the billing period."""
        self._is_refused(self.product.request_close, planned)

    def customer_comes_or_goes(self, id_: str) -> None:
        """Register a customer or remove one, by the API."""
        customers = self.reference.customers
        if id_ in customers:
            self.product.delete_customer(id_)
            del customers[id_]
            self.reference.deleted[id_] = self.product.now
        else:
            self.product.create_customer(id_)
            customers[id_] = Customer()

    def meter_comes_or_goes(self, event_name: str) -> None:
        """Deactivate a meter, or activate it again."""
        self.product.toggle_meter(event_name, is_active=event_name in self.reference.archived)
        self.reference.archived ^= {event_name}

    def check(self) -> None:
        """Compare all that is stored."""
        events, usage, uploads = self.product.items("EVENTS"), self.product.items("USAGE"), self.uploads()
        assert self.reference.events == events_of(events, usage)
        assert [] == list(wrong_items(events, event_items.BLOCK_ROWS))
        assert [] == list(differences(events, usage, uploads.values()))
        assert self.reference.customers == self.customers()
        assert self.final == {id_: uploads.get(id_) for id_ in self.final}
        statuses = {each.id: each.status for each in self.reference.uploads.values() if each.status is not None}
        assert statuses == {id_: item["status"] for id_, item in uploads.items() if id_.startswith("upl_")}
        assert self.told() <= self.endings
        self._check_statements()

    def _check_statements(self) -> None:
        """Compare what was written of statements with what is there: nothing of it changes."""
        objects = self.product.functions.account.objects("statements/")
        assert self.statements == {key: objects.get(key) for key in self.statements}
        self.statements = objects
        for number, statement in enumerate(self.product.statements(), 1):
            data = objects[statement.key]
            assert (statement.number, statement.sha256) == (number, hashlib.sha256(data).hexdigest())

    def check_sums(self) -> None:
        """Close the period, and compare the sums of all statements with exact usage, line by line."""
        self.product.request_close()
        self.drain()
        statements = self.product.statements()
        sums = stated(named.line for each in statements for named in decode(self.statements[each.key]))
        for event_name, formula in METERS.items():
            for customer in {event.content.customer for event in self.reference.events.values()}:
                value, count = self.product.summary(event_name, customer, PERIOD.start, PERIOD.end)
                assert sums.pop(Place(f"mtr_{event_name}", customer), Quantity()) == (count, value)
                contents = [
                    event.content
                    for event in self.reference.events.values()
                    if _is_of(event.content, event_name, customer) and not event.is_cancelled
                ]
                _check_summary(
                    formula, [each for each in contents if PERIOD.start <= each.instant < PERIOD.end], value, count
                )
        assert {place: rest for place, rest in sums.items() if rest != Quantity()} == {}
        told = {each["id"] for each in self.product.told() if each["object"] == "statement"}
        assert told == {statement.id for statement in statements}
        self.reached["statements added up"] += 1
        self.reached["adjustment"] += any(each.line_count for each in statements[1:])

    def check_usage(self, event_name: str, customer: str | None, start: int, end: int) -> None:
        """Read a summary twice, and compare both with the events.

        If an upload in progress has such events, any result is possible. Its roll-ups must not be used afterwards.
        """
        is_touched = any(
            _is_of(content, event_name, customer)
            for upload in self.reference.uploads.values()
            if upload.status in PASSING and not upload.is_dry_run
            for content in self._contents_of(upload)
        )
        for _ in range(2):
            try:
                summary = self.product.summary(event_name, customer, start, end)
            except UsageChangingError:
                assert is_touched
                self.reached["usage is changing"] += 1
                continue
            if is_touched:
                self.reached["summary of an upload in progress"] += 1
            else:
                expected = (
                    event.content
                    for event in self.reference.events.values()
                    if _is_of(event.content, event_name, customer) and not event.is_cancelled
                )
                _check_summary(METERS[event_name], [each for each in expected if start <= each.instant < end], *summary)

    def _contents_of(self, upload: Upload) -> Iterator[Content]:
        """Yield what an upload can store, or has stored."""
        yield from (row.content for row in upload.file.rows if row.content is not None)
        yield from (event.content for event in self.reference.events.values() if event.owner == upload.id)

    def read_summary(self, event_name: str, customer: str | None, window: tuple[int, int], planned: Break) -> None:
        """Read a summary in a process that breaks. It may have stored some roll-ups."""
        self._is_refused(lambda: self.product.summary(event_name, customer, *window), planned, UsageChangingError)

    def delete_rollups(self, which: int) -> None:
        """Delete every `which`-th roll-up."""
        for rollup in self.product.rollups()[::which]:
            self.product.delete_rollup(rollup)
            self.reached["roll-up deleted"] += 1

    def copy_rollups(self) -> None:
        """Copy all roll-ups, to put them back later."""
        self.older += (rollup for rollup in self.product.rollups() if rollup not in self.older)

    def put_rollups_back(self, which: int) -> None:
        """Put every `which`-th copy in the place of the current roll-up."""
        for rollup in self.older[::which]:
            self.product.put_rollup(rollup)
            self.reached["older roll-up put back"] += 1

    def drain(self) -> None:
        """Let everything come to its end: deliver until the queues are empty, and sweep now and then."""
        self.product.advance(LONGEST_LEASE)  # nobody has to wait for the dead
        swept = self.product.now
        for _ in range(_ROUNDS):
            for function in ("ingest", "recover"):
                for message in self.product.visible(function):
                    self.deliver(function, message, None)
            shows_at = self.product.queues.next_shows_at()
            if shows_at is None and self._is_done():
                break
            self.product.advance(_QUIET if shows_at is None else max(0, shows_at - self.product.now) + 1)
            # As its schedule has it, messages or none: they may wait for an upload that only the sweep finds.
            if self.product.now - swept >= _QUIET:
                swept = self.product.now
                self.sweep(None)
        self.check()
        assert self._is_done()
        assert self.endings == self.told()

    def _is_done(self) -> bool:
        """Tell whether every version has a final status, and nothing is left to be told."""
        is_empty = not any(id_.startswith("outbox#") for id_ in self.uploads())
        return (
            is_empty
            and self.product.period().is_final
            and all(upload.is_final for upload in self.reference.uploads.values())
        )


def _is_of(content: Content, event_name: str, customer: str | None) -> bool:
    return content.event_name == event_name and customer in (None, content.customer)


def _check_summary(formula: str, contents: Sequence[Content], value: Decimal, count: int) -> None:
    assert len(contents) == count
    values = [content.value for content in contents]
    match formula:
        case "sum":
            assert sum(values) == value
        case "max":
            assert max(values, default=0) == value
        case "last":
            latest = max((content.instant for content in contents), default=0)
            assert value in ([content.value for content in contents if content.instant == latest] or [Decimal(0)])
