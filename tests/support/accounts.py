"""What may happen to the account of a key, and what it must count: by what uploads left behind, and plain counting."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import Outcome, World
from tests.support.updates import HEADER, KEY, KINDS, counted, deliver_all, file_of

ALWAYS_GOOD, SOMETIMES_GOOD = "ab", "cn"
DAMAGES = ("none", "identifier emptied", "identifier gone", "upload and row_number gone")
KEYS = (KEY, "uploads/acme/corrected.csv", "uploads/other.csv")
_COLUMNS = HEADER.strip().split(",")
_Row = tuple[str, int]
"""A row of a version."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file, and what its rows are: of which version, and which letter of `KINDS`."""

    version: ObjectVersion
    data: bytes
    rows: Sequence[_Row]
    letters: str

    @property
    def id(self) -> str:
        """The upload's id."""
        return self.version.upload_id


@dataclass(slots=True)
class Account:
    """A world in which one key is dropped on, again and again."""

    world: World = field(default_factory=lambda: World(batch=2))
    dropped: list[Dropped] = field(default_factory=list)
    waiting: list[ObjectVersion] = field(default_factory=list)

    def drop_version(self, letters: str) -> Dropped:
        """Drop a whole file on the key."""
        data = file_of(letters)
        version = self.world.drop(data, KEY)
        rows = [(version.upload_id, number) for number in range(1, len(letters) + 1)]
        return self._add(Dropped(version, data, rows, letters))

    def drop_error_file(self, which: int, corrections: str, damage: str, key: str) -> Dropped | None:
        """Drop an error file, where there is one; each row is corrected to a letter, or left alone for a dot."""
        refused = [each for each in self.dropped if self._error_rows(each)]
        if not refused:
            return None
        parent = refused[which % len(refused)]
        cells = self._error_rows(parent)
        rows = [parent.rows[int(row["row_number"]) - 1] for row in cells]
        letters = ""
        for row, letter in zip(cells, corrections * len(cells), strict=False):
            letters += parent.letters[int(row["row_number"]) - 1] if letter == "." else letter
            row.update(zip(_COLUMNS, KINDS[letters[-1]].split(","), strict=True))
        data = _written(cells, damage)
        return self._add(Dropped(self.world.drop(data, key), data, rows, letters))

    def deliver(self, crashes: Sequence[Crash | None] = ()) -> None:
        """Deliver all that waits, in turns, until every upload is final."""
        deliver_all(self.world, self.waiting, crashes)
        self.waiting.clear()

    def dry_run(self, dropped: Dropped) -> Outcome:
        """Try the same bytes where they would go."""
        return self.world.ingest(dropped.data, dropped.version.key.replace("uploads/", "validate/", 1))

    def toggle_customer(self) -> None:
        """Register the customer of the rows `n`, or remove it."""
        stored = self.world.customers.stored
        if stored.pop("cus_nobody", None) is None:
            self.world.customers.add("cus_nobody")

    def toggle_meter(self) -> None:
        """Deactivate the meter of the rows `c`, `n` and `x`, or activate it again."""
        meters = self.world.meters.stored
        meters["mtr_cpu"] = replace(meters["mtr_cpu"], active=not meters["mtr_cpu"].active)

    def reprocess(self, which: int) -> None:
        """Process one that is final once more."""
        final = [each for each in self.dropped if self._status(each) not in {None, Status.REVERTED}]
        if final:
            self._go_on(final[which % len(final)], to_reprocess)

    def revert(self, which: int) -> None:
        """Take one back."""
        counting = {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}
        final = [each for each in self.dropped if self._status(each) in counting]
        if final:
            self._go_on(final[which % len(final)], to_revert)

    def check(self) -> None:
        """Of each content as many events as the version has rows that are accounted with it, that has the most.

        What reverted uploads have accounted may be among it: an error file that counted since keeps its events.
        """
        accounted: dict[_Row, str] = {}
        reverted: set[tuple[_Row, str]] = set()
        for each in self.dropped:
            rows = self._accounted(each)
            if self._status(each) is Status.REVERTED:
                reverted.update(rows)
                continue
            assert_sound(self.world.outcome(each.version))
            for row, letter in rows:
                assert accounted.setdefault(row, letter) == letter
        for each in self.dropped:
            if self._status(each) is not Status.REVERTED:
                self._check_refused(each, accounted)
        found = Counter(counted(self.world.events.values()))
        assert _most(accounted.items()) <= found <= _most({*accounted.items(), *reverted})

    def _accounted(self, dropped: Dropped) -> list[tuple[_Row, str]]:
        """Return the rows of a file that were not refused, and as what."""
        refused = {int(row["row_number"]) for row in error_rows(self.world.outcome(dropped.version).error_file)}
        rows = enumerate(zip(dropped.rows, dropped.letters, strict=True), 1)
        return [row for number, row in rows if number not in refused]

    def _check_refused(self, dropped: Dropped, accounted: dict[_Row, str]) -> None:
        """No row that is good whatever is away is refused, but for one that is accounted as another."""
        for row in error_rows(self.world.outcome(dropped.version).error_file):
            at = int(row["row_number"]) - 1
            letter = dropped.letters[at]
            assert letter not in ALWAYS_GOOD or accounted[dropped.rows[at]] != letter

    def _add(self, dropped: Dropped) -> Dropped:
        self.dropped.append(dropped)
        self.waiting.append(dropped.version)
        return dropped

    def _status(self, dropped: Dropped) -> Status | None:
        upload = self.world.uploads.stored.get(dropped.id)
        return upload.status if upload is not None and upload.is_final else None

    def _error_rows(self, dropped: Dropped) -> list[dict[str, str]]:
        if self._status(dropped) is not Status.SUCCEEDED_WITH_ERRORS:
            return []
        return error_rows(self.world.outcome(dropped.version).error_file)

    def _go_on(self, dropped: Dropped, change: object) -> None:
        uploads = self.world.uploads.stored
        upload = uploads[dropped.id]
        uploads[upload.id] = replace(change(upload), revision=upload.revision + 1)  # type: ignore[operator]
        for _ in range(9):
            try:
                Ingest(self.world.ports, BUCKET, None).resume(upload.id, self.world.attempt())
                break
            except BusyError as busy:
                self.world.now += busy.seconds + 1
        assert self._status(dropped) is not None


def _most(accounted: Iterable[tuple[_Row, str]]) -> Counter[str]:
    """Return the greatest number of rows of each letter that a version has."""
    by_version: dict[str, Counter[str]] = {}
    for (version, _), letter in accounted:
        by_version.setdefault(version, Counter())[letter] += 1
    most: Counter[str] = Counter()
    for rows in by_version.values():
        most |= rows
    return most


def _written(rows: Sequence[dict[str, str]], damage: str) -> bytes:
    """Write an error file as a spreadsheet or a person leaves it behind."""
    gone = {"identifier gone": {"identifier"}, "upload and row_number gone": {"upload", "row_number"}}.get(
        damage, set()
    )
    names = [name for name in rows[0] if name not in gone]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    emptied = {"identifier": ""} if damage == "identifier emptied" else {}
    writer.writerows({**row, **emptied} for row in rows)
    return text.getvalue().encode()
