"""What a person reads: an upload's progress and result, and where everything is."""

import sys
import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tools.commands.sample import RefusedRow, Upload
from tools.stack.local_stack import LocalStack

_WIDTH = 110


class Progress:
    """Shows how far an upload is: one line that changes on a terminal, a line for each change elsewhere."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._shown = ""
        self._terminal = sys.stdout.isatty()

    def show(self, upload: Upload | None) -> None:
        """Show the upload as it is now; None where the API does not know it yet."""
        line = f"  {_progress(upload)}"
        if line == self._shown:
            return
        self._shown = line
        print(f"\r{line}\x1b[K" if self._terminal else line, end="" if self._terminal else "\n", flush=True)

    def end(self) -> None:
        """Leave the line as it is and go on below it."""
        if self._terminal and self._shown:
            print(flush=True)


def result(upload: Upload, refused: Sequence[RefusedRow]) -> str:
    """Write the result of an upload with the table of what was refused."""
    parts = [f"{upload.key}: {upload.status.replace('_', ' ')}"]
    if upload.failure:
        parts.append(textwrap.indent(textwrap.fill(upload.failure, _WIDTH - 2), "  "))
    counts = (
        ("rows", upload.row_count),
        ("counted", upload.success_count),
        ("duplicates", upload.duplicate_count),
        ("refused", upload.error_count),
    )
    parts.append(_table(("", ""), [(name, f"{count:,}") for name, count in counts], right=(1,)))
    if upload.totals:
        totals = [(one.event_name, f"{one.event_count:,}", _number(one.value_sum)) for one in upload.totals]
        parts.append(_table(("meter", "events", "sum"), totals, right=(1, 2)))
    if refused:
        parts.append(f"Refused rows, from {upload.error_file_key}:")
        rows = [(row.row_number, row.code, row.message) for row in refused]
        parts.append(_table(("row", "code", "reason"), rows, right=(0,)))
    return "\n\n".join(parts)


def directions(stack: LocalStack, upload: Upload, next_sample: str) -> str:
    """Write where everything is and the commands to try."""
    bucket = stack.outputs.bucket
    own = "uploads/mine.csv"
    curl = f"curl -sS -H 'Authorization: Bearer {stack.read_key}'"
    places = [
        ("bucket", bucket),
        ("API", stack.api_url),
        ("page", stack.page_url),
        ("admin key", stack.secret_key),
        ("read key", stack.read_key),
        ("settings", ".local/stack.json"),
    ]
    commands = [
        f"export AWS_ENDPOINT_URL={stack.endpoint_url} AWS_DEFAULT_REGION={stack.region}",
        f"export AWS_ACCESS_KEY_ID={stack.emulator.access_key_id} AWS_SESSION_TOKEN=",
        f"export AWS_SECRET_ACCESS_KEY={stack.emulator.secret_access_key}",
        f"aws s3 cp {next_sample} s3://{bucket}/{own}",
        f"{curl} '{stack.api_url}/v1/uploads?key={own}'",
    ]
    if upload.error_file_key:
        commands += [
            f"{curl} -L '{stack.api_url}/v1/uploads/{upload.id}/error_file'",
            f"aws s3 cp s3://{bucket}/{upload.error_file_key} -",
        ]
    return "\n\n".join(
        (
            _table(("", ""), places),
            "In another terminal:",
            "\n".join(textwrap.indent(command, "  ") for command in commands),
        )
    )


def _progress(upload: Upload | None) -> str:
    if upload is None:
        return "waiting for the notification"
    if not upload.row_count:
        return upload.status.replace("_", " ")
    return f"{upload.status.replace('_', ' ')}, {upload.row_count:,} rows, {upload.error_count:,} of them refused"


def _number(text: str | None) -> str:
    return "" if text is None else f"{Decimal(text):,f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Write a table whose last column wraps."""
    lines = [list(row) for row in rows]
    shown = ([list(head)] if any(head) else []) + lines
    widths = [max(len(line[column]) for line in shown) for column in range(len(head))]
    before = sum(widths[:-1]) + 2 * len(widths)
    room = max(_WIDTH - before, 40)
    written = []
    for line in shown:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        wrapped = textwrap.wrap(cells[-1], room, break_long_words=False, break_on_hyphens=False) or [""]
        if len(head) - 1 in right:
            wrapped = [cells[-1]]
        written.append("  " + "  ".join([*cells[:-1], wrapped[0]]).rstrip())
        written += [" " * before + more for more in wrapped[1:]]
    return "\n".join(written)
