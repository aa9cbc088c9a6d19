"""The check of prose finds long sentences and unwanted words, on the right line, in every kind of file."""

import subprocess
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.prose import __main__ as prose
from tools.prose import rules
from tools.prose.extract import Fragment
from tools.prose.passages import passages

LONG = " ".join(["word"] * 25)

GOOD = {
    "page.md": f"""# Upload lifecycle

        An indented block may lie anew.

    {LONG.capitalize()}. The next sentence has `code that is told anew, by hand` and 25 words in all, as
    {" ".join(["word"] * 11)}.

    | column | description |
    |---|---|
    | `id` | {LONG} {LONG} |

    - [A page {LONG}](docs/anew.md)
    - [Another one](docs/sheet.md#by-hand)

    ```
    The ledger lies here anew, by hand.
    ```

    The script `tools/ledger.py` calls judge(), reads ledger.py and meterdrop.ledger. It opens https://a.com/ids/anew.
    A message may be quoted: "anew". What does it cost? Who pays? See what to do.
    The event ID is unique, and so are IDs. It takes 5 s. {LONG.capitalize()}. The rows' IDs. {LONG.capitalize()}.
    Error files, the API Gateway, a byte order mark, question marks and spreadsheets are fine. There is no row.
    """,
    "module.py": f'''"""Read a file.

    Example:

        anew = "by hand"
    """

    anew = "by hand"  # noqa: S105
    sheet = f"{{anew}} lies in {{ids}}"
    ledger = ["It lies ", "anew."]
    names = [
        "{LONG}",  # one
        "{LONG}",  # two
    ]
    ''',
    "page.js": f"""
    /** Show the table. @param {{{{anew: Sheet}}}} props anew */
    const anew = html`<p class="anew by hand">Totals by meter</p><p>{LONG}.</p><p>One row.</p>`;
    """,
}

# Name of the file, its text, and each finding.
BAD = {
    "a sentence of a paragraph": (
        "page.md",
        f"# One\n\nTwo.\nThree. {LONG}\n`a b` word.\n",
        ["4: sentence of 27 words"],
    ),
    "a sentence of a list": ("page.md", f"- One.\n  - {LONG}\n    and one.\n", ["2: sentence of 27 words"]),
    "words across lines": ("page.md", "Correct them by\n**hand** today.\n", ['1: idiom "by hand"']),
    "a word after code that spans lines": ("page.md", "One `a\nb` two\nanew.\n", ['3: idiom "anew"']),
    "a heading": ("page.md", "One.\n\n## Read anew\n", ['3: idiom "anew"']),
    "a cell": ("page.md", "| a | b |\n|---|---|\n| one | by hand |\n", ['3: idiom "by hand"']),
    "a link": ("page.md", "See\n[the ledger](a.md).\n", ['2: retired word "ledger"']),
    "changes to be released": (
        "CHANGELOG.md",
        "# Changelog\n\n## Unreleased\n\n- Anew.\n\n## 0.1.0\n\n- Anew.\n",
        ['5: idiom "Anew"'],
    ),
    "docstrings": (
        "module.py",
        '"""One.\n\nRead anew.\n"""\n\ndef f() -> None:\n    """One.\n\n    Two,\n    anew.\n    """\n',
        ['3: idiom "anew"', '10: idiom "anew"'],
    ),
    "comments": (
        "module.py",
        f"# One, by\n# hand.\na = 1  # noqa: S105 (anew)\nb = 2  # by\nc = 3  # hand\n# {LONG}\n# and one.\n",
        ['1: idiom "by hand"', '3: idiom "anew"', "6: sentence of 27 words"],
    ),
    "messages": (
        "module.py",
        'raise E(\n    f"{a} is wrong. "\n    f"Drop the \\"{b[1]}\\" anew, "\n    "by hand."\n)\nlabel = "By hand"\n',
        ['3: idiom "anew"', '4: idiom "by hand"'],
    ),
    "literals of the page": ("page.js", "const a = 'It isn\\'t read anew.';\n", ['1: idiom "anew"']),
    "comments of the page": ("page.js", "/**\n * Read it anew.\n * @type {Anew}\n */\n", ['2: idiom "anew"']),
    "texts of the page": (
        "page.js",
        'html`<p\n  title="Read anew."\n>${a && html`<i>It, anew.</i>`}\n  <code>A</code>, <b>b</b>\n  anew.</p>`',
        ['2: idiom "anew"', '3: idiom "anew"', '5: idiom "anew"'],
    ),
    "types of the page": ("types.ts", "// Read anew.\n", ['1: idiom "anew"']),
    "styles": ("style.css", "a { color: red }\n/* Read\n   anew. */\n", ['3: idiom "anew"']),
    "help of make": ("Makefile", "run: ## Read it anew\n\techo\n", ['1: idiom "anew"']),
    "settings": ("pyproject.toml", 'a = "It is anew."\nb = 1 # anew\n', ['1: idiom "anew"', '2: idiom "anew"']),
}

# What each entry of the dictionary is for; ~ before a text that it must leave alone.
EXAMPLES = {
    "again": ["It reads the file anew", "Read it once\nmore", "~Read it once. More follows"],
    "still or anyway": ["It is counted all the same", "~All of the same rows"],
    "manually": ["Correct totals by hand", "~On the left-hand side"],
    "is": ["It lies in a queue", "A quote stands there", "~UTC stands for a time", "~It relies on S3", "~A stand-in"],
    "is or reaches": ["The total comes to 5", "~The error file comes back"],
    "is not": ["This is no text file", "~There is no file", "~It is no longer there", "~That is no larger"],
    "our or their": ["A queue of ours", "~One of our queues"],
    "no rows or nothing in": ["Nothing of it is counted", "~Nothing is counted"],
    "fix or correct": ["Mend the file", "Put it right", "See to it", "~Amend it", "~See the log"],
    "in progress": ["An upload is under way", "It is on its way"],
    "and similar": ["Zip files and the like"],
    "process": ["The file is taken up later", "~It takes up to 5 minutes"],
    "accept or store": ["The file is taken in.", "~They are taken in order"],
    "upload": [
        *(
            "Drop the corrected file",
            "Drop it again",
            "The file is dropped",
            "A file dropped twice",
            "It is dropped back",
        ),
        *(
            "~Drop a file here",
            "~Drop files on the page",
            "~Empty cells are dropped",
            "~Drag and drop",
            "~A sudden drop",
        ),
    ],
    "anyone who, or if you": [
        *("Whoever asks, gets it", "Who asks gets it.", "It is 401: who has no key learns nothing"),
        *("~Who asks?", "~The customer who pays", "~Who may read what", "~who gets an email."),
    ],
    "a noun as the subject": [
        *("What is stored stays.", "Nothing is lost; what is missing comes later", "Whatever is sent is read."),
        *(
            "~What is stored?",
            "~What to do.",
            "~What happens to it",
            "~It names what is missing.",
            "~All rows, whatever their number",
        ),
    ],
    "the actor as the subject": ["The user is told so", "They were told", "~It told the user"],
    "because": [
        *("It waits, for the queue is full", "It fails, for nobody has it"),
        *("~It waits, for example when it is full", "~It waits, for the queue", "~One key, for files that are large"),
    ],
    "validate or validation": ["It judges rows", "The judgement"],
    "result or error": ["The verdict"],
    "prescan": ["A survey of the file"],
    "file or spreadsheet": ["Save the sheet", "~A spreadsheet", "~The style sheet"],
    "usage or meter events": ["The ledger has it"],
    "API or DynamoDB client": ["Uploads on the wire", "~The stack wires them"],
    "cursor": ["It moves the mark", "~A question mark", "~A byte order mark", "~Mark it"],
    "cursor or position": ["It holds its place in the list", "~It takes place in S3", "~In place of a row"],
    "cache": ["The memo is full", "Parsers are memoised", "~In memory"],
    "error": ["The refusal says why", "~A refused row"],
    "publish": ["It announces the status"],
    "status event": ["An announcement is sent"],
    "record or store": ["It settles rows", "The settlement"],
    "meter event created through the API": ["A hand entry", "Hand entries", "Usage by hand"],
    "irregular row": ["The odd rows", "A misfit"],
    "backoff": ["The pacer waits"],
    "transaction": ["It writes all or none"],
    "row error": ["A validation error"],
    "error file": ["The error CSV", "An error report", "A errorfile", "Error-files", "~Error files"],
    "row": ["Every bad line", "~A line of code"],
    "failed or refused": ["The file is rejected", "A rejected row", "~Rejected alternatives"],
    "partner": ["Each tenant"],
    "API Gateway": ["api gateway", "API-Gateway", "~API Gateway"],
    "CloudFormation": ["Cloudformation"],
    "CloudWatch": ["Cloudwatch", "cloud watch", "~CloudWatch"],
    "CSV": ["a csv", "~a CSV", "~usage.csv"],
    "DynamoDB": ["dynamodb", "Dynamo DB", "~DynamoDB"],
    "EventBridge": ["Event Bridge", "Eventbridge"],
    "HTTP": ["an http client", "~http://localhost"],
    "ID": ["the id of it", "the Ids", "~an ID", "~IDs", "~/v1/uploads/{id}", "~its _id"],
    "JSON": ["Json", "~index.json"],
    "Lambda function": ["a lambda function", "~Lambda functions", "~a lambda"],
    "Meterdrop": ["meterdrop", "MeterDrop", "~Meterdrop's", "~meterdrop/domain"],
    "OpenAPI": ["Open API", "openapi"],
    "PartiQL": ["partiQL"],
    "SQS": ["Sqs"],
    "Stripe": ["stripe"],
    "URL": ["a Url", "urls", "~URLs"],
    "UTF-8": ["utf8", "UTF8", "utf-8", "~UTF-8"],
    "dead-letter queue": ["a dead letter queue", "~Dead-letter queues", "~the dead letters"],
    "email": ["an e-mail", "E-mails", "~Email"],
    "file name": ["a filename", "~file names"],
    "forever": ["for ever", "~for every"],
    "halfway": ["half-way"],
    "lifecycle": ["a life cycle", "life-cycles", "~Lifecycle"],
    "meter event": ["a meter-event", "~Meter events"],
    "presigned": ["pre-signed"],
    "spreadsheet": ["a spread sheet"],
    "timeout": ["a time-out", "~Timeouts", "~calls time out"],
    "timestamp": ["a time stamp", "time-stamps"],
    "whitespace": ["white space"],
}


def unindented(text: str) -> str:
    """Take off the four spaces that a text of this module has, for it to be read here."""
    return "\n".join(line.removeprefix("    ") for line in text.split("\n"))


def findings(folder: Path, name: str, text: str) -> list[str]:
    """Check a text as a file of this name; return lines and faults."""
    path = folder / name
    path.write_text(text)
    return [f"{line}: {what}" for line, what, _ in prose.check(path)]


@pytest.mark.parametrize("name", GOOD)
def test_good_text_passes(tmp_path: Path, name: str) -> None:
    """Code, tables, headings and lists of links have no sentences to measure, and code has no words to find."""
    assert findings(tmp_path, name, unindented(GOOD[name])) == []


@pytest.mark.parametrize("place", BAD)
def test_bad_text_is_found_on_its_line(tmp_path: Path, place: str) -> None:
    """A finding names the line of the words, or the line where the sentence starts."""
    name, text, expected = BAD[place]
    assert findings(tmp_path, name, text) == expected


@pytest.mark.parametrize(("instead", "text"), [(key, text) for key, texts in EXAMPLES.items() for text in texts])
def test_each_entry_finds_its_examples(instead: str, text: str) -> None:
    """An example begins with ~ if the entry must leave it alone."""
    suggestions = [
        finding.instead.replace('"', "")
        for passage in passages(Fragment(text.removeprefix("~"), range(1, 99)))
        for finding in rules.find(passage)
    ]
    assert any(suggestion in {instead, f"{instead}s"} for suggestion in suggestions) == (text[0] != "~")


def test_each_entry_has_an_example() -> None:
    """An entry without an example could match nothing, unnoticed."""
    dictionary = tomllib.loads((Path(rules.__file__).parent / "dictionary.toml").read_text())
    assert sorted(EXAMPLES) == sorted({key for entries in dictionary.values() for key in entries})


@given(st.text(alphabet="aB `*_[]()<>|\\&;.\n#-\"'", max_size=60))
def test_any_markdown_is_read(text: str) -> None:
    """Every character of a passage has a line of the fragment."""
    lines = range(1, text.count("\n") + 2)
    for passage in passages(Fragment(text, lines)):
        assert len(passage.lines) == len(passage.text)
        assert list(passage.lines) == sorted(passage.lines)
        list(rules.find(passage))


def test_the_command_checks_what_git_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It covers new files and folders, but neither ignored files nor tests. A finding makes it fail."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for name in ("tests/README.md", "build/a.md", "new/a.py", "README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# Read anew\n")
    (tmp_path / ".gitignore").write_text("build/\n")
    monkeypatch.setattr(prose, "_ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)

    assert prose.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        'README.md:1: idiom "anew": write "again" instead',
        'new/a.py:1: idiom "anew": write "again" instead',
    ]
    assert prose.main(["new"]) == 1
    assert capsys.readouterr().out.splitlines() == ['new/a.py:1: idiom "anew": write "again" instead']
    with pytest.raises(SystemExit, match="tests has no prose to check"):
        prose.main(["tests"])
    (tmp_path / "new" / "a.py").write_text("# Read again\n")
    assert prose.main(["new"]) == 0


def test_the_check_passes_itself() -> None:
    """Its own comments and messages keep its rules."""
    assert [found for path in Path(prose.__file__).parent.glob("*.py") for found in prose.check(path)] == []
