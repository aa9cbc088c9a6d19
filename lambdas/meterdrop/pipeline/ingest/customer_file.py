"""A file of customers: parsed, validated and registered."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import tee

from meterdrop.domain.codes import FileCode
from meterdrop.domain.control.declaration import SUMS, declaration_error
from meterdrop.domain.control.totals import Totals
from meterdrop.domain.customers.header import CustomerLayout, is_customer_column, read_customer_header
from meterdrop.domain.customers.registration import Change, Registration, apply_registration, successes
from meterdrop.domain.customers.validator import CustomerParsers, ValidCustomer, validate_customers
from meterdrop.domain.files.csv_file import CsvFile, open_csv
from meterdrop.domain.files.errors import CellError, FileError
from meterdrop.domain.files.irregular_rows import check_first_rows
from meterdrop.domain.files.rows import read_rows
from meterdrop.domain.uploads.error_file import ErrorFileBuffer, ErrorFileLayout
from meterdrop.domain.uploads.tally import CustomerTally
from meterdrop.domain.validation.prescan import overflows, parent_of
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest.parsed_file import StoreContext, StoreResult
from meterdrop.pipeline.ports import Registry

_ROUNDS = 10
_WAIT = 10  # seconds
_Pending = tuple[Registration, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationContext:
    """The settings for writing the customers of one upload."""

    upload_id: str
    created: int
    """Arrival of the upload in epoch seconds. New customers have it as their creation time."""
    attributes: tuple[str, ...]
    """The customer attributes that the file has columns for."""
    registry: Registry
    is_outdated: bool = False
    """Whether the file changes no customer. Earlier attempts' writes then count; all other rows are duplicates."""


def register(registrations: Iterable[Registration], how: RegistrationContext, tally: CustomerTally) -> Iterator[None]:
    """Write customers and record a result for all their rows. Yields after each customer, for progress.

    If another writer changed a customer since it was read, reads the customer again and retries. Raises BusyError if
    this happens repeatedly.
    """
    for _ in range(_ROUNDS):
        refused: list[Registration] = []
        pending: deque[_Pending] = deque()
        for is_written in how.registry.write_customers(_to_write(registrations, how, tally, pending)):
            registration, (_, after) = pending.popleft()
            if is_written:
                tally.count_customer(registration.rows, successes(after, how.upload_id))
            else:
                refused.append(registration)
            yield
        if not refused:
            return
        registrations = refused
    raise BusyError("somebody else keeps writing the same customers", _WAIT)


def _to_write(
    registrations: Iterable[Registration], how: RegistrationContext, tally: CustomerTally, pending: deque[_Pending]
) -> Iterator[Change]:
    """Yield the changes to write and append them to `pending`. Records the results of customers that need no write."""
    asked, registrations = tee(registrations)
    stored = how.registry.read_customers(registration.id for registration in asked)
    for registration, before in zip(registrations, stored, strict=True):
        after = before
        if not how.is_outdated:
            after = apply_registration(
                registration, before, how.attributes, upload_id=how.upload_id, created=how.created
            )
        if after is before or after is None:
            tally.count_customer(registration.rows, successes(after, how.upload_id))
        else:
            pending.append((registration, (before, after)))
            yield before, after


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """A valid file. Its rows are validated without the catalog, so `tally` contains the refused rows from the start."""

    form: ErrorFileLayout
    layout: CustomerLayout
    registrations: list[Registration]
    tally: CustomerTally
    parent: str | None
    is_outdated: bool = False
    """Whether a newer version of the file's key was processed already."""

    rows_by_content = 0
    references = ()
    is_error_file = False

    def identify(self, ids: Mapping[int, str | CellError]) -> None:
        """Do nothing: every customer has an ID in the file."""

    def totals(self, event_names: Collection[str]) -> Totals:
        """Return the number of rows. Raises FileError if sums are declared: customers have no values."""
        if event_names:
            raise declaration_error(f"this is a customer file, which has no sums. Remove {SUMS}")
        return Totals(self.tally.counts.row + sum(registration.rows for registration in self.registrations))

    def store_rows(self, context: StoreContext) -> StoreResult:
        """Write every customer that differs from the stored one."""
        registration = RegistrationContext(
            upload_id=context.upload.id,
            created=context.upload.created,
            attributes=tuple(self.layout.attributes),
            registry=context.ports.registry,
            is_outdated=self.is_outdated,
        )
        for _ in register(self.registrations, registration, self.tally):
            context.show(self.tally.counts)
        held = self.tally.buffer if self.tally.has_all_refused else None
        return StoreResult(form=self.form, parent=self.parent, tally=self.tally, held=held, refused=self._refused)

    def _refused(self) -> Iterator[RefusedRow]:
        return (
            row_result for row_result in _row_results(self.form.file, self.layout) if isinstance(row_result, RefusedRow)
        )


def open_customers(upload_id: str, data: bytes) -> CustomerFile:
    """Parse the file and validate its rows. Raises FileError."""
    file = open_csv(data, is_customer_column)
    layout = read_customer_header(file.header)
    has_overflow = overflows(read_rows(file, layout), layout)
    form = ErrorFileLayout(upload_id=upload_id, file=file, layout=layout, overflows=has_overflow)
    tally = CustomerTally(ErrorFileBuffer(form))
    registrations: dict[str, Registration] = {}
    for row_result in _row_results(file, layout):
        if isinstance(row_result, RefusedRow):
            tally.count_refused(row_result)
            continue
        row, id_, values = row_result
        found = registrations.get(id_)
        if found is None:
            registrations[id_] = Registration(id_, row, values)
        else:
            found.add_row(row, values)
    if not registrations and not tally.counts.row:
        raise FileError(FileCode.NO_ROWS, "The file has a header but no rows. Add a row for each customer.")
    parent = parent_of(read_rows(file, layout), layout, upload_id)
    return CustomerFile(form, layout, list(registrations.values()), tally, parent)


def _row_results(file: CsvFile, layout: CustomerLayout) -> Iterator[ValidCustomer | RefusedRow]:
    parsers = CustomerParsers()
    for chunk in check_first_rows(read_rows(file, layout), layout):
        yield from validate_customers(chunk, layout, parsers)
