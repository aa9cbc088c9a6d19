"""What became of the rows of a file of customers so far."""

from meterdrop.domain.row_tally import RowTally
from meterdrop.domain.upload import Total


class CustomerTally(RowTally):
    """Adds up rows."""

    totals: tuple[Total, ...] = ()
    """Customers are no usage."""

    def settle(self, rows: int, successes: int) -> None:
        """Count the good rows of one customer, of which some changed something."""
        self._success += successes
        self._duplicate += rows - successes
