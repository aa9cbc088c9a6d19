"""The result of an upload as a person reads it."""

from tools.commands.report import Progress, result
from tools.commands.sample import RefusedRow, Total, Upload


def _upload(**changes: object) -> Upload:
    standard: dict[str, object] = {
        "id": "upl_1",
        "key": "uploads/a.csv",
        "status": "succeeded_with_errors",
        "row_count": 1234,
        "success_count": 1233,
        "duplicate_count": 0,
        "error_count": 1,
        "totals": (Total("cpu_usage", 1200, "1234567.5"), Total("visits", 33, None)),
        "failure": None,
        "error_file_key": "errors/a.csv/upl_1.csv",
    }
    return Upload(**(standard | changes))  # type: ignore[arg-type]


def test_counts_totals_and_refused_rows_are_tables() -> None:
    """Numbers are grouped and right-aligned; a long reason wraps in its own column."""
    refused = [RefusedRow("17", "no_meter", "event_name", "no meter has this name. " * 5)]

    assert result(_upload(), refused) == (
        "uploads/a.csv: succeeded with errors\n"
        "\n"
        "  rows        1,234\n"
        "  counted     1,233\n"
        "  duplicates      0\n"
        "  refused         1\n"
        "\n"
        "  meter      events          sum\n"
        "  cpu_usage   1,200  1,234,567.5\n"
        "  visits         33\n"
        "\n"
        "Refused rows, from errors/a.csv/upl_1.csv:\n"
        "\n"
        "  row  code      reason\n"
        "   17  no_meter  no meter has this name. no meter has this name. no meter has this name. no meter has this\n"
        "                 name. no meter has this name."
    )


def test_a_failed_upload_says_why() -> None:
    """The failure's message stands below the status."""
    text = result(
        _upload(status="failed", failure="The file is empty.", totals=(), row_count=0, success_count=0, error_count=0),
        [],
    )

    assert text.startswith("uploads/a.csv: failed\n\n  The file is empty.\n\n  rows        0\n")


def test_progress_shows_changes_alone(capsys: object) -> None:
    """Off a terminal each change is a line, and what stays the same is not said again."""
    progress = Progress()
    for upload in (
        None,
        None,
        _upload(status="pending", row_count=0),
        _upload(status="processing"),
        _upload(status="processing"),
    ):
        progress.show(upload)
    progress.end()

    assert capsys.readouterr().out == (  # type: ignore[attr-defined]
        "  waiting for the notification\n  pending\n  processing, 1,234 rows, 1 refused\n"
    )
