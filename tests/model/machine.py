"""The state machine: what may happen, in any order, and what is compared after each step."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.model.breaks import Break
from tests.model.file_rules import FileRules, Then
from tests.model.files import COMING_AND_GOING, METERS, REGISTERED, TIMES, Row
from tests.model.strategies import ANY, BREAK, CREATE, FAULT, FAULTS, OWNER_GOES_ON, ROWS, STREAM_FAULT, THEN

_HOUR = 3_600
_START, _END = min(TIMES.values()), max(TIMES.values()) + _HOUR
_SEPTEMBER, _OCTOBER, _NOVEMBER = 1_725_148_800, 1_727_740_800, 1_730_419_200
_WINDOWS = (
    (_START, _END),
    (_SEPTEMBER, _OCTOBER),
    (_START, _START + _HOUR),
    (_OCTOBER - _HOUR, _OCTOBER),
    (_START + 60, _START + _HOUR + 60),
    (_OCTOBER, _NOVEMBER),
    (_START - 60, _END - 7),
    (_OCTOBER - 60, _OCTOBER + 60),
)
_CUSTOMERS = (None, *dict.fromkeys([*REGISTERED, *COMING_AND_GOING]))
_NAMES = sorted(METERS)


class Machine(FileRules):
    """Beside files: deliveries, requests, time and the sweep."""

    step = 0

    @rule(which=ANY, planned=BREAK)
    def deliver(self, which: int, planned: Break | None) -> None:
        """Deliver one message."""
        if messages := self.messages():
            self.both.deliver("ingest", messages[which % len(messages)], planned)

    @precondition(lambda self: self.both.reference.uploads)
    @rule(which=ANY)
    def tell_again(self, which: int) -> None:
        """Notify of an object once more, as S3 may at any time."""
        upload = self.one_of(which)
        if upload is not None:
            self.both.product.send(self.both.notifications[upload.id])

    @rule(which=ANY)
    def lose(self, which: int) -> None:
        """Lose a message."""
        if messages := self.messages():
            self.both.product.forget(messages[which % len(messages)])

    @rule(which=ANY, planned=BREAK)
    def give_up(self, which: int, planned: Break | None) -> None:
        """Move a message to the dead letters, and deliver it from there."""
        if messages := self.messages():
            self.both.product.set_aside(messages[which % len(messages)])
            for message in self.both.product.visible("recover"):
                self.both.deliver("recover", message, planned)

    @precondition(lambda self: self.counting())
    @rule(which=ANY, planned=FAULT, then=THEN)
    def revert(self, which: int, planned: Break | None, then: Then) -> None:
        """Ask for a revert of what counts."""
        counting = self.counting()
        self.both.revert(counting[which % len(counting)], planned)
        self.go_on(then)

    @precondition(lambda self: self.both.reference.uploads)
    @rule(which=ANY)
    def revert_any(self, which: int) -> None:
        """Ask for a revert of whatever it is."""
        if (upload := self.one_of(which)) is not None:
            self.both.revert(upload, None)

    @precondition(lambda self: self.both.reference.uploads)
    @rule(which=ANY, planned=FAULT, then=THEN)
    def reprocess(self, which: int, planned: Break | None, then: Then) -> None:
        """Ask for a reprocess."""
        upload = self.one_of(which)
        if upload is not None:
            self.both.reprocess(upload, planned)
            self.go_on(then)

    @rule(rows=ROWS, planned=CREATE, halfway=STREAM_FAULT)
    def add_by_hand(self, rows: list[Row], planned: Break | None, halfway: Break | None) -> None:
        """Add an event by hand, or several by one request."""
        if len(rows) == 1:
            self.both.add(rows[0], planned)
        else:
            # Only a valid request gets as far as the calls that can stop it halfway.
            known = None if halfway is None else REGISTERED[0]
            self.both.stream([replace(row.corrected, customer=known or row.customer) for row in rows], halfway)

    @rule(which=ANY)
    def add_by_hand_again(self, which: int) -> None:
        """Repeat a request."""
        again = self.both.stream_again if which % 2 else self.both.add_again
        again(which // 2)

    @rule(which=ANY, planned=FAULT)
    def cancel(self, which: int, planned: Break | None) -> None:
        """Cancel an event."""
        if events := list(self.both.reference.events):
            self.both.cancel(events[which % len(events)], planned)

    @precondition(lambda self: self.counting())
    @rule(which=ANY, planned=OWNER_GOES_ON)
    def cancel_while_owner_goes_on(self, which: int, planned: Break) -> None:
        """Cancel an event of an upload that is reverted or reprocessed in the middle of it."""
        owners = {upload.id for upload in self.counting()}
        events = [id_ for id_, event in self.both.reference.events.items() if event.owner in owners]
        self.both.cancel(events[which % len(events)], planned)

    @rule(id_=st.sampled_from(COMING_AND_GOING))
    def customer_comes_or_goes(self, id_: str) -> None:
        """Register or remove a customer."""
        self.both.customer_comes_or_goes(id_)

    @rule(event_name=st.sampled_from(["calls", "seats"]))
    def meter_comes_or_goes(self, event_name: str) -> None:
        """Deactivate a meter or activate it again."""
        self.both.meter_comes_or_goes(event_name)

    @rule(seconds=st.sampled_from([2, 30, 620, 1_000, 50_000]))
    def advance(self, seconds: int) -> None:
        """Let time pass: leases end, hidden messages show."""
        self.both.product.advance(seconds)

    @rule(planned=FAULT)
    def sweep(self, planned: Break | None) -> None:
        """Run the sweep."""
        self.both.sweep(planned)

    @precondition(lambda self: self.step % 3 == 0)  # a close takes the place of rarer steps
    @rule(planned=FAULT, then=THEN)
    def close(self, planned: Break | None, then: Then) -> None:
        """Request a close of the billing period."""
        self.both.request_close(planned)
        self.go_on(then)

    @rule(
        event_name=st.sampled_from(_NAMES),
        customer=st.sampled_from(_CUSTOMERS),
        window=st.sampled_from(_WINDOWS),
        planned=FAULTS,
    )
    def read_summary(self, event_name: str, customer: str | None, window: tuple[int, int], planned: Break) -> None:
        """Read a summary in a process to which something happens: it stores roll-ups."""
        self.both.read_summary(event_name, customer, window, planned)

    @rule(is_deleted=st.booleans(), which=st.integers(1, 3))
    def roll_ups_change(self, is_deleted: bool, which: int) -> None:
        """Delete all or some roll-ups, or put all or some older ones back."""
        self.both.copy_rollups()
        if is_deleted:
            self.both.delete_rollups(which)
        else:
            self.both.put_rollups_back(which)

    @invariant()
    def nothing_differs(self) -> None:
        """Compare all that is stored. Read a meter twice for each customer, another one after each step."""
        self.both.reached["steps"] += self.step > 0
        self.step += 1
        self.both.check()
        for number, customer in enumerate(_CUSTOMERS):
            window = _WINDOWS[(self.step + number) % len(_WINDOWS)]
            self.both.check_usage(_NAMES[self.step % len(_NAMES)], customer, *window)

    def teardown(self) -> None:
        """Drain the queues: every version has its one final status, all were announced, and statements add up."""
        self.both.drain()
        self.both.check_sums()
