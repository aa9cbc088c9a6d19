"""The commands of docs/month-end.md, run one after the other as the page has them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tests.support.periods import ADA, BOB, drop, lines_of

PAGE = (Path(__file__).parents[2] / "docs" / "month-end.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands() -> Iterator[list[str]]:
    """Yield the words of each curl command."""
    for block in _BLOCK.findall(PAGE):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["curl"]:
                yield words


def run(queues: Queues, words: list[str], period: str, number: int) -> dict[str, Any]:
    """Send the request of a curl command; returns the answer, None for a download."""
    [url] = [word for word in words if word.startswith("$API/")]
    assert words[words.index("-H") + 1] == "Authorization: Bearer $KEY"
    path = url.removeprefix("$API").replace("$period", period)
    fields = dict(pair for at, word in enumerate(words) if word == "-d" for pair in parse_qsl(words[at + 1]))
    if fields or "POST" in words:
        return post(queues.functions, path, fields, key=f"command {number}")
    assert "-L" in words[1] or not path.endswith("/file") or words[1].endswith("L")
    return get(queues.functions, path.removesuffix("/file"))


def test_a_month_from_first_file_to_last_statement(queues: Queues) -> None:
    """Every command works with what the ones before it returned."""
    drop(queues, "acme.csv", f"2024-09-25,ai_search_api,{ADA},400,", f"2024-09-26,ai_search_api,{BOB},2.5,")
    period, seen = "", list[str]()
    for number, words in enumerate(commands()):
        response = run(queues, words, period, number)
        period = period or response["id"]
        seen.append(response["object"])
        queues.drain()
        if response["object"] == "billing_period" and response["status"] == "closing":
            drop(queues, f"late {number}.csv", f"2024-09-30,ai_search_api,{ADA},{number},")
        if words[-2] == "-o":
            lines = lines_of(queues, response)
            assert words[-1] == f"statement-{response['number']}.csv"
            assert lines
            assert ",".join(lines[0]) in PAGE
    assert seen == [
        "billing_period",
        "billing_period_reconciliation",
        "billing_period",
        "billing_period",
        "list",
        "statement",
        "billing_period",
        "statement",
    ]
