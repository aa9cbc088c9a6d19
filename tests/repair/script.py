"""Scripts of what people do, made so that the events that they lead to don't depend on the order of files."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from hypothesis import strategies as st

from meterdrop.domain.uploads.transitions import UnexpectedStateError, to_reprocess, to_revert
from meterdrop.usage.cancel_event import NoSuchEventError, NotFinalError
from meterdrop.usage.create_event import IdentifierTakenError, MeterEventRefusedError
from tests.model.files import IDENTIFIERS, METERS, TIMES, VALUES, File, Row, error_file_back, usage_file
from tests.model.product import Item, Product
from tests.support.event_items import ReadEvent, read_events

_CUSTOMERS = {"uploads/a.csv": "cus_a", "uploads/b.csv": "cus_b"}
_OF_IDENTIFIER = {
    identifier: Row("cus_n", name, time, "4", identifier)
    for identifier, name, time in zip(IDENTIFIERS, [*sorted(METERS), "calls"], sorted(TIMES), strict=False)
}
"""An identifier always has the same row, so that it doesn't matter which file comes first."""
Do = Literal["drop", "again", "error file", "add", "cancel", "revert", "reprocess"]


class Step(NamedTuple):
    """What one person does. `which` chooses among what there is."""

    do: Do
    which: int
    key: str
    rows: Sequence[Row]


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            ["drop", "drop", "again", "error file", "add", "add", "cancel", "revert", "revert", "reprocess"]
        ),
        st.integers(0, 9),
        st.sampled_from(sorted(_CUSTOMERS)),
        st.lists(
            st.sampled_from(list(_OF_IDENTIFIER.values()))
            | st.builds(
                Row,
                st.just("cus_a"),
                st.sampled_from(sorted(METERS)),
                st.sampled_from(sorted(TIMES)),
                st.sampled_from(sorted(VALUES)),
            ),
            min_size=1,
            max_size=5,
        ),
    ),
    min_size=3,
    max_size=6,
)


@dataclass(slots=True)
class Script:
    """What was done, by the names of what it was done to, so that it can be done again."""

    product: Product
    files: list[tuple[str, File]] = field(default_factory=list)
    done: list[tuple[Do, object]] = field(default_factory=list)

    def do(self, step: Step) -> None:
        """Do a step, if there is something to do it to, and let it come to its end."""
        uploads = [each for each in self.uploads().values() if each["kind"] == "usage"]
        match step.do:
            case "drop" | "again":
                rows = [row if row.identifier else replace(row, customer=_CUSTOMERS[step.key]) for row in step.rows]
                file = step.key, usage_file(rows)
                if step.do == "again" and self.files:
                    file = self.files[step.which % len(self.files)]
                self.act("drop", file)
            case "error file":
                if refused := [each for each in uploads if each.get("error_file") and int(each["error_count"])]:
                    upload = refused[step.which % len(refused)]
                    data = self.product.error_file(upload)
                    corrected = error_file_back(data, [], upload["id"], is_corrected=True, damage="none")
                    self.drop(upload["key"].replace(".csv", "-corrected.csv"), corrected)
            case "add":
                self.act("add", (f"req_{len(self.done):026d}", step.rows[0]))
            case "cancel":
                if events := sorted(self.events(), key=lambda event: event.id):
                    event = events[step.which % len(events)]
                    self.act("cancel", (event.event_name, event.id))
            case _:
                if uploads:
                    ids = sorted(each["id"] for each in uploads)
                    self.act(step.do, ids[step.which % len(ids)])

    def do_all_again(self) -> None:
        """Do all of it once more, as people do who can't know what is left of it."""
        for do, what in list(self.done):
            self.act(do, what)

    def drop(self, key: str, file: File) -> None:
        """Upload a file."""
        self.act("drop", (key, file))

    def act(self, do: Do, what: object) -> None:
        """Do something, and let it come to its end."""
        self.done.append((do, what))
        product = self.product
        product.advance(1)
        with suppress(
            UnexpectedStateError, NoSuchEventError, NotFinalError, IdentifierTakenError, MeterEventRefusedError
        ):
            match do, what:
                case "drop", (str(key), File() as file):
                    self.files.append((key, file))
                    product.drop(key, file)
                case "add", (str(owner), Row() as row):
                    product.add(row, owner)
                case "cancel", (str(event_name), str(id_)):
                    product.cancel(event_name, id_)
                case _, str(id_):
                    product.begin(id_, to_revert if do == "revert" else to_reprocess)
        product.queues.drain()
        self.read_usage()

    def read_usage(self) -> None:
        """Read summaries, so that there are roll-ups, and compare them with the events."""
        events = [event for event in self.events() if event.id not in self.cancelled()]
        for name in METERS:
            for customer in (None, "cus_a"):
                count = sum(event.event_name == name and customer in {None, event.customer} for event in events)
                begin, end = min(TIMES.values()) // 3_600 * 3_600, max(TIMES.values()) // 3_600 * 3_600 + 3_600
                assert self.product.summary(name, customer, begin, end)[1] == count, (name, customer)

    def uploads(self) -> dict[str, Item]:
        """Return all uploads."""
        return {item["id"]: item for item in self.product.items("UPLOADS") if item["id"].startswith("upl_")}

    def events(self) -> list[ReadEvent]:
        """Return all events."""
        return [event for item in self.product.items("EVENTS") for event in read_events(item)]

    def cancelled(self) -> set[str]:
        """Return the IDs of the events that usage cancels for all customers."""
        return {item["event"] for item in self.product.items("USAGE") if item["sk"].startswith("cancel#")}

    def facts(self) -> Counter[tuple[object, ...]]:
        """Count what is billed: events by content, and by identifier where they have one."""
        return facts_of(self.events())

    @property
    def has_reverts(self) -> bool:
        """Whether something was reverted."""
        return any(do == "revert" for do, _ in self.done)


def facts_of(events: Sequence[ReadEvent]) -> Counter[tuple[object, ...]]:
    """Count events by content."""
    return Counter((each.event_name, each.customer, each.timestamp, each.value) for each in events)
