"""The output of `make run`: an upload's progress and result, and the addresses and keys."""

import sys
import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tools.commands.sample import RefusedRow, Upload
from tools.stack.local_stack import LocalStack

_WIDTH = 110


class Progress:
    """The progress of an upload: a line that changes on a terminal, or a line for each change elsewhere."""

    def __init__(self) -> None:
        """Start without output."""
        self._shown = ""
        self._terminal = sys.stdout.isatty()

    def show(self, upload: Upload | None) -> None:
        """Show the upload's current status. `upload` is None until the API has it."""
        line = f"  {_progress(upload)}"
        if line == self._shown:
            return
        self._shown = line
        print(f"\r{line}\x1b[K" if self._terminal else line, end="" if self._terminal else "\n", flush=True)

    def end(self) -> None:
        """Keep the line, and continue below it."""
        if self._terminal and self._shown:
            print(flush=True)


def result(upload: Upload, refused: Sequence[RefusedRow]) -> str:
    """Format the result of an upload, with a table of its refused rows."""
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
        totals = [(total.event_name, f"{total.event_count:,}", _number(total.value_sum)) for total in upload.totals]
        parts.append(_table(("meter", "events", "sum"), totals, right=(1, 2)))
    if refused:
        parts.append(f"Refused rows, from {upload.error_file_key}:")
        rows = [(row.row_number, row.code, row.message) for row in refused]
        parts.append(_table(("row", "code", "reason"), rows, right=(0,)))
    return "\n\n".join(parts)


def directions(stack: LocalStack, upload: Upload, next_sample: str) -> str:
    """Format the addresses, the keys, and some commands to try."""
    bucket = stack.outputs.bucket
    example_key = "uploads/mine.csv"
    curl = f"curl -sS -H 'Authorization: Bearer {stack.read_key}'"
    values = [
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
        f"aws s3 cp {next_sample} s3://{bucket}/{example_key}",
        f"{curl} '{stack.api_url}/v1/uploads?key={example_key}'",
    ]
    if upload.error_file_key:
        commands += [
            f"{curl} -L '{stack.api_url}/v1/uploads/{upload.id}/error_file'",
            f"aws s3 cp s3://{bucket}/{upload.error_file_key} -",
        ]
    return "\n\n".join(
        (
            _table(("", ""), values),
            "Try these commands in another terminal:",
            "\n".join(textwrap.indent(command, "  ") for command in commands),
        )
    )


def _progress(upload: Upload | None) -> str:
    if upload is None:
        return "waiting for the notification"
    if not upload.row_count:
        return upload.status.replace("_", " ")
    return f"{upload.status.replace('_', ' ')}, {upload.row_count:,} rows, {upload.error_count:,} refused"


def _number(text: str | None) -> str:
    return "" if text is None else f"{Decimal(text):,f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Format a table whose last column wraps."""
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
