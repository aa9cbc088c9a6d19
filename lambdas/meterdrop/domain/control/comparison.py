"""The comparison of a file's totals with the declared ones, in exact arithmetic."""

from collections.abc import Collection, Iterable, Iterator
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded, localcontext

from meterdrop.domain.codes import FileCode
from meterdrop.domain.control.declaration import declaration_error
from meterdrop.domain.control.totals import Control, Totals
from meterdrop.domain.decimals import plain
from meterdrop.domain.files.cache import Cache
from meterdrop.domain.files.cells import content, excerpt
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.files.rows import Chunk
from meterdrop.domain.validation.field_parsers import Parsers
from meterdrop.domain.validation.prescan import cells_of
from meterdrop.domain.validation.usage_header import Layout

# A value or a declared sum has at most 100 characters, and a file has fewer than 10 million rows.
_EXACT = Context(prec=300, traps=[Inexact, Rounded, Overflow, InvalidOperation])
_ZERO = Decimal(0)
_MAX_DIFFERENCES = 5  # in a message


class ControlMismatchError(FileError):
    """The error of a file whose totals differ from the declared ones."""

    def __init__(self, control: Control) -> None:
        """Create the error with declared, found and difference in its message."""
        self.control = control
        differences = list(_differences(control))
        hidden = len(differences) - _MAX_DIFFERENCES
        more = f" There {'is' if hidden == 1 else 'are'} {hidden} more difference{'s' * (hidden > 1)}."
        super().__init__(
            FileCode.CONTROL_MISMATCH,
            f"The file doesn't match its control totals. {' '.join(differences[:_MAX_DIFFERENCES])}"
            f"{more if hidden > 0 else ''} No rows were stored. Check that the file is complete and that its totals "
            "are right, and upload it again.",
        )


def compare(declared: Totals, found: Totals) -> Control:
    """Compare the declared totals with those of the file. Raises ControlMismatchError."""
    control = Control(declared, Totals(None if declared.row_count is None else found.row_count, found.sums))
    if not control.matches:
        raise ControlMismatchError(control)
    return control


def add_up(
    chunks: Iterable[Chunk], layout: Layout, parsers: Parsers, event_names: Collection[str]
) -> dict[str, Decimal]:
    """Add up all values that are numbers, of refused rows too, for some event names. Raises FileError.

    A meter must have each name, because it says which column has the value.
    """
    for event_name in event_names:
        meter = parsers.plans[event_name].meter
        if meter is None or meter.event_name != event_name:
            raise declaration_error(f"no meter has the event name {excerpt(event_name)}")
    sums = dict.fromkeys(event_names, _ZERO)
    numbers = Cache[str, Decimal](lambda cell: parsers.syntax.number(content(cell)))
    with localcontext(_EXACT):
        for chunk in chunks:
            names = cells_of(chunk, layout.event_name)
            for position in parsers.value_columns:
                if wanted := _event_names(set(names), position, sums, parsers):
                    for name, number in zip(names, map(numbers.__getitem__, cells_of(chunk, position)), strict=True):
                        if name in wanted:
                            sums[wanted[name]] += number
    return sums


def _event_names(names: Iterable[str], position: int, sums: Collection[str], parsers: Parsers) -> dict[str, str]:
    """Return, by cell, the event names to add up whose meters have their values in a column."""
    plans = {name: parsers.plans[name] for name in names}
    return {
        name: plan.meter.event_name
        for name, plan in plans.items()
        if plan.meter is not None and plan.shape is not None and plan.shape.value_position == position
        if plan.meter.event_name in sums
    }


def _differences(control: Control) -> Iterator[str]:
    declared, found = control.declared, control.found
    if declared.row_count is not None and found.row_count is not None and declared.row_count != found.row_count:
        yield _difference("Rows", Decimal(declared.row_count), Decimal(found.row_count))
    for event_name, number in declared.sums.items():
        if number != found.sums[event_name]:
            yield _difference(f"Sum of {excerpt(event_name)}", number, found.sums[event_name])


def _difference(name: str, declared: Decimal, found: Decimal) -> str:
    difference = plain(_EXACT.subtract(found, declared))
    return f"{name}: declared {plain(declared)}, found {plain(found)}, difference {difference}."
