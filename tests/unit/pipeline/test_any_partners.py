"""No step of one partner changes a result of another, ever: each run equals the same run without the other partners."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import Status
from meterdrop.domain.metering.partners import Partner
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import UnexpectedStateError, to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World

FOLDERS = ("uploads/acme/", "uploads/globex/", "uploads/")
"""Of two partners, and of the owner."""
COLUMNS = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier,upload,row_number"
CUSTOMERS = ("cus_QMJJtcu70R1x46", "cus_nobody")


class Row(NamedTuple):
    """A row. `reference` is the step whose first row it names by `identifier` or by `upload`; any row may be bad."""

    value: int
    customer: str
    identifier: str
    reference: int | None
    by_column: bool


class Step(NamedTuple):
    """An upload of a file or of one's last error file, or a revert or reprocess of one's last upload."""

    scope: int
    action: str
    name: str
    rows: Sequence[Row]


_rows = st.builds(
    Row,
    st.integers(0, 2),
    st.sampled_from(CUSTOMERS),
    st.sampled_from(["", "", "a", "b", "acme/a"]),
    st.one_of(st.none(), st.integers(0, 5)),
    st.booleans(),
)
_steps = st.lists(
    st.builds(
        Step,
        st.integers(0, 2),
        st.sampled_from(["file", "file", "file", "error file", "revert", "reprocess"]),
        st.sampled_from(["x.csv", "y.csv"]),
        st.lists(_rows, min_size=1, max_size=3),
    ),
    min_size=2,
    max_size=8,
)


class Run:
    """A run of steps in one world. The others' files are in the bucket, but only those of `scopes` are processed."""

    def __init__(self, steps: Sequence[Step], scopes: Sequence[int]) -> None:
        """Take all steps."""
        self.world = World(partners={"acme": Partner(), "globex": Partner()})
        self.versions: list[ObjectVersion] = []
        self.own: dict[int, list[ObjectVersion]] = {scope: [] for scope in range(len(FOLDERS))}
        for step in steps:
            self._take(step, is_processed=step.scope in scopes)

    def _take(self, step: Step, *, is_processed: bool) -> None:
        own = self.own[step.scope]
        if step.action in {"file", "error file"}:
            data = self._file(step.rows) if step.action == "file" or not own or not is_processed else self._errors(own)
            # Every run has the same versions, so that uploads have the same IDs.
            version = self.world.drop(data, FOLDERS[step.scope] + step.name)
            self.versions.append(version)
            own.append(version)
            if is_processed:
                self.world.deliver_until_final(version)
        elif own and is_processed:
            with suppress(UnexpectedStateError):
                self.world.change(own[-1], to_revert if step.action == "revert" else to_reprocess)

    def _errors(self, own: Sequence[ObjectVersion]) -> bytes:
        return (self.world.outcome(own[-1]).error_file or b"").replace(b"cus_nobody", CUSTOMERS[0].encode())

    def _file(self, rows: Sequence[Row]) -> bytes:
        lines = [COLUMNS]
        for value, customer, identifier, reference, by_column in rows:
            upload, number, id_ = "", "", identifier
            if reference is not None and reference < len(self.versions):
                named = self.versions[reference].upload_id
                if by_column:
                    upload, number = named, "1"
                else:
                    id_ = f"{named}:1"
            lines.append(f"2024-09-25,ai_search_api,{customer},{value},{id_},{upload},{number}")
        return "\n".join(lines).encode() + b"\n"

    def results(self, scope: int) -> list[object]:
        """Return all results of the uploads of a scope, in order."""
        found: list[object] = []
        for version in self.own[scope]:
            outcome = self.world.outcome(version)
            if outcome.upload.status is not Status.REVERTED:  # whose counts stay as they were validated
                assert_sound(outcome)
            events = {row: (event.identifier, event.content) for row, event in outcome.events.items()}
            found.append((_shown(outcome.upload), outcome.error_parts, events))
        return found


def _shown(upload: Upload) -> tuple[object, ...]:
    return (
        *(upload.id, upload.status, upload.partner, upload.parent, upload.updates, upload.counts, upload.run),
        *(upload.totals, upload.samples, upload.errors, upload.failure),
    )


@given(_steps)
def test_each_scope_is_as_if_it_were_alone(steps: list[Step]) -> None:
    """Status, counts, totals, messages, error files, and events are equal, byte by byte."""
    together = Run(steps, range(len(FOLDERS)))
    for scope in range(len(FOLDERS)):
        assert together.results(scope) == Run(steps, [scope]).results(scope)
