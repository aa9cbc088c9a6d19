"""A usage file: its rows become meter events."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from meterdrop.domain.codes import FileCode
from meterdrop.domain.control.comparison import add_up
from meterdrop.domain.control.totals import Totals
from meterdrop.domain.files.csv_file import CsvFile, open_csv
from meterdrop.domain.files.errors import CellError, FileError
from meterdrop.domain.files.rows import read_rows
from meterdrop.domain.metering.event import Event
from meterdrop.domain.metering.meter import by_event_name
from meterdrop.domain.metering.partners import Partner
from meterdrop.domain.uploads.error_cells import ValueCells
from meterdrop.domain.uploads.error_file import ErrorFileBuffer, ErrorFileLayout
from meterdrop.domain.uploads.tally import Tally
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.field_parsers import Parsers
from meterdrop.domain.validation.prescan import FileSummary, prescan
from meterdrop.domain.validation.results import RefusedRow, event_of
from meterdrop.domain.validation.row_reference import RowReference
from meterdrop.domain.validation.timestamp import TimeWindow
from meterdrop.domain.validation.usage_header import Layout, is_known, read_header
from meterdrop.domain.validation.validator import validate, validate_rows
from meterdrop.domain.validation.value import ValueSyntax
from meterdrop.pipeline.ingest.key_account import matched_rows, read_accounts
from meterdrop.pipeline.ingest.parsed_file import StoreContext, StoreResult
from meterdrop.pipeline.ingest.store_events import EventStorage, RowOutcomes, store_rows
from meterdrop.pipeline.ingest.undo import may_have_events
from meterdrop.pipeline.ports import Ports


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A valid file, with the meters as stored when its processing started. It can be validated repeatedly."""

    upload_id: str
    file: CsvFile
    layout: Layout
    summary: FileSummary
    parsers: Parsers
    limits: Partner

    @property
    def references(self) -> Sequence[RowReference]:
        """The rows that name a row of an earlier upload."""
        return self.summary.references

    def identify(self, ids: Mapping[int, str | CellError]) -> None:
        """Set the IDs of rows, by number, that differ from their identifiers. Call it before the first validation."""
        self.parsers.identities = ids

    @property
    def rows_by_content(self) -> int:
        """The number of rows if at least one has no identifier, else 0."""
        return self.summary.row_count if self.summary.has_unidentified else 0

    @property
    def is_error_file(self) -> bool:
        """Whether every row names a row of an earlier upload."""
        return sum(each.target is not None for each in self.references) == self.summary.row_count

    def totals(self, event_names: Collection[str]) -> Totals:
        """Return the number of rows, and the sums of some event names. Raises FileError if a name has no meter."""
        sums = add_up(read_rows(self.file, self.layout), self.layout, self.parsers, event_names) if event_names else {}
        return Totals(self.summary.row_count, sums)

    def row_results(self) -> Iterator[Event | RefusedRow]:
        """Validate every row. Valid rows are in order, and so are refused ones. The results are the same each time."""
        for validated in validate_rows(self.file, self.upload_id, self.layout, self.parsers):
            yield from validated.refused
            yield from validated.events(self.upload_id)

    def store_rows(self, context: StoreContext) -> StoreResult:
        """Validate the rows and store the valid ones as events."""
        ports, upload = context.ports, context.upload
        self.parsers.registered = ports.customers.registered_ids(filter(self.limits.may_bill, self.summary.customers))
        form = ErrorFileLayout(
            upload_id=upload.id,
            file=self.file,
            layout=self.layout,
            overflows=self.summary.overflows,
            values=ValueCells(self.layout.event_name, self.parsers),
        )
        tally = Tally(upload.id, ErrorFileBuffer(form))
        events = ports.events(upload)
        accounts = read_accounts(upload, context.accounts, ports)
        outcomes = RowOutcomes(
            upload.id,
            self.summary.repeated | {id_ for id_ in self.parsers.identities.values() if isinstance(id_, str)},
            tally,
            accounts,
            lambda refused: event_of(refused, self.layout, self.parsers),
        )
        storage = EventStorage(
            events=events,
            read_first=not context.is_first,
            dry_run=upload.dry_run,
        )
        for _ in store_rows(self.row_results(), outcomes, storage):
            context.show(tally.counts)
        matched = {} if accounts is None else accounts.matched
        return StoreResult(
            form=form,
            parent=context.parent,
            tally=tally,
            held=tally.buffer if tally.has_all_refused else None,
            refused=lambda: _refused(self, tally),
            contributions=tally.contributions,
            duplicates_of=tally.counted_by,
            matched=matched_rows(upload, tally, matched),
            own_matched=(self.summary.row_count, matched[upload.id]) if upload.id in matched else None,
        )


def open_usage(upload: Upload, data: bytes, ports: Ports, max_age_days: int | None, limits: Partner) -> UsageFile:
    """Parse and prescan the file, with the current meters and closed periods. Raises FileError.

    For a partner, meters outside its `limits` don't exist.
    """
    file = open_csv(data, is_known)
    meters = ports.meters.list_meters()
    usable = [meter for meter in meters if limits.may_use(meter.event_name)]
    # A file that was accepted before its partner got these limits stays counted.
    known = meters if may_have_events(upload) else usable
    keys = {meter.customer_key for meter in known}
    layout = read_header(file.header, keys, by_event_name(known).values())
    window = TimeWindow.for_upload(upload.created, max_age_days, ports.periods.closed_periods())
    parsers = Parsers(
        layout,
        by_event_name(usable),
        window,
        syntax=ValueSyntax(has_semicolons=file.delimiter == ";", allows_negative=limits.negative),
    )
    summary = prescan(read_rows(file, layout), layout, keys)
    if summary is None:
        raise FileError(FileCode.NO_ROWS, "The file has a header but no rows. Add a row for each meter event.")
    return UsageFile(upload.id, file, layout, summary, parsers, limits)


def _refused(parsed_file: UsageFile, tally: Tally) -> Iterator[RefusedRow]:
    """Yield the refused rows in order, including rows with a conflict."""
    for chunk in read_rows(parsed_file.file, parsed_file.layout):
        validated = validate(chunk, parsed_file.upload_id, parsed_file.layout, parsed_file.parsers)
        refused = [row for row in validated.refused if row.row not in tally.stored_despite_errors]
        if tally.conflicts:
            refused += (
                RefusedRow(
                    event.id, event.row, chunk.row(chunk.numbers.index(event.row)), (tally.conflicts[event.row],)
                )
                for event in validated.events(parsed_file.upload_id)
                if event.row in tally.conflicts
            )
            refused.sort(key=attrgetter("row"))
        yield from refused
