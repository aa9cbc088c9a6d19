"""Rules by which files come: new ones, the same bytes again, updated ones, error files, customers, and no files."""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.model.breaks import Break
from tests.model.comparison import Comparison
from tests.model.files import BROKEN, DAMAGES, CustomerRow, Row, customer_file, usage_file
from tests.model.product import Item
from tests.model.reference import Upload
from tests.model.strategies import ANY, CUSTOMER_ROWS, KEYS, ROWS, THEN

Then = Break | bool | None


class FileRules(RuleBasedStateMachine):
    """Drops files, and delivers their notifications or not."""

    def __init__(self, begin: Callable[[], Comparison]) -> None:
        """`begin` returns product and reference, empty."""
        super().__init__()
        self.both = begin()

    @rule(key=KEYS, rows=ROWS, how=st.sampled_from(["as it is"] * 5 + ["let in", "broken"]), then=THEN)
    def drop(self, key: str, rows: list[Row], how: str, then: Then) -> None:
        """Drop a file; `allow-duplicate` lets it in, or it is no file of rows."""
        self.both.drop(key, BROKEN if how == "broken" else usage_file(rows, allow_duplicate=how == "let in"))
        self.go_on(then)

    @precondition(lambda self: self.with_rows())
    @rule(which=ANY, key=KEYS, then=THEN)
    def drop_same_bytes(self, which: int, key: str, then: Then) -> None:
        """Drop the same bytes again, on their key or another."""
        files = self.with_rows()
        self.both.drop(key, files[which % len(files)].file)
        self.go_on(then)

    @precondition(lambda self: self.with_rows())
    @rule(which=ANY, more=ROWS, then=THEN)
    def drop_updated(self, which: int, more: list[Row], then: Then) -> None:
        """Drop a whole file again on its key, corrected and longer."""
        files = self.with_rows()
        upload = files[which % len(files)]
        rows = [row.corrected for row in upload.file.rows]
        self.both.drop(upload.key, usage_file([*rows, *more]))
        self.go_on(then)

    @precondition(lambda self: self.refused())
    @rule(which=ANY, key=KEYS, is_corrected=st.booleans(), damage=st.sampled_from(DAMAGES), then=THEN)
    def drop_error_file(self, which: int, key: str, is_corrected: bool, damage: str, then: Then) -> None:
        """Drop an error file back."""
        refused = self.refused()
        upload = refused[which % len(refused)]
        self.both.drop_error_file(upload, _beside(upload, key), is_corrected=is_corrected, damage=damage)
        self.go_on(then)

    @precondition(lambda self: self.in_first_run())
    @rule(which=ANY, key=KEYS, then=THEN)
    def drop_early_error_file(self, which: int, key: str, then: Then) -> None:
        """Drop rows of an upload that has never ended, with the identifiers that its error file would have."""
        parents = self.in_first_run()
        parent = parents[which % len(parents)]
        self.both.drop_early_error_file(parent, _beside(parent, key))
        self.go_on(then)

    @rule(rows=CUSTOMER_ROWS, then=THEN)
    def drop_customers(self, rows: list[CustomerRow], then: Then) -> None:
        """Drop a file of customers."""
        self.both.drop("customers/a.csv", customer_file(rows))
        self.go_on(then)

    def go_on(self, then: Then) -> None:
        """Deliver every message that shows, the last one maybe not undisturbed."""
        if isinstance(then, bool):
            return
        messages = self.messages()
        for number, message in enumerate(messages, 1):
            self.both.deliver("ingest", message, then if number == len(messages) else None)

    def messages(self) -> list[Item]:
        """Return those that show in front of ingest."""
        return self.both.product.visible("ingest")

    def one_of(self, which: int) -> Upload | None:
        """Return one of the uploads."""
        uploads = list(self.both.reference.uploads.values())
        return uploads[which % len(uploads)] if uploads else None

    def counting(self) -> list[Upload]:
        """Return the uploads of usage that have events."""
        owners = {event.owner for event in self.both.reference.events.values()}
        return [each for each in self.both.reference.uploads.values() if each.id in owners]

    def with_rows(self) -> list[Upload]:
        """Return the uploads of usage that have rows."""
        return [each for each in self.both.reference.uploads.values() if each.file.rows]

    def in_first_run(self) -> list[Upload]:
        """Return the uploads of usage that were taken up and never ended."""
        return [each for each in self.with_rows() if each.status == "processing" and not self.both.has_ended(each)]

    def refused(self) -> list[Upload]:
        """Return the uploads that have error files of usage."""
        uploads = self.both.reference.uploads.values()
        return [each for each in uploads if each.status == "succeeded_with_errors" and not each.is_of_customers]


def _beside(upload: Upload, key: str) -> str:
    """Return a key of an upload's own partner: rows of others are refused, and `tests/unit` says how."""
    prefix, *_, name = key.split("/")
    return "/".join(filter(None, (prefix, upload.partner, name)))
