"""Files: every way to upload one, every error of a row, error files, and what comes back from them."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from boto3.s3.transfer import TransferConfig

from tools.verify.outcome import Outcome, UnexpectedError, expect, expect_equal
from tools.verify.verification import Verification

_HEADER = ("timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "identifier")
_SIZE_LIMIT = 5_242_880
_REFUSED_ROWS = 60_000  # about 9 MB of error file
_LOCAL_REFUSED_ROWS = 30_000
Row = Sequence[str]


def check(run: Verification) -> Iterator[Outcome]:
    """Check uploads of every kind, every error of a row, parts of error files, and reprocessing."""
    yield from _ways(run)
    yield from _every_error(run)
    yield from _error_file_in_parts(run)
    yield from _whole_files(run)
    yield from _customers(run)


def to_csv(rows: Sequence[Row], header: Row = _HEADER) -> bytes:
    """Return a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def row(run: Verification, value: str = "1", identifier: str = "", *, customer: str | None = None) -> Row:
    """Return a valid row of the run's meter."""
    return (
        str(run.timestamp),
        run.meter.event_name,
        run.customers[0] if customer is None else customer,
        value,
        identifier,
    )


def counts(upload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status and the counts of an upload."""
    return {name: upload[name] for name in ("status", "row_count", "success_count", "duplicate_count", "error_count")}


def expected(rows: int, successes: int, duplicates: int = 0, errors: int = 0, status: str = "") -> dict[str, Any]:
    """Return the same of the expected result."""
    name = status or ("succeeded_with_errors" if errors else "succeeded")
    return {
        "status": name,
        "row_count": rows,
        "success_count": successes,
        "duplicate_count": duplicates,
        "error_count": errors,
    }


def error_rows(run: Verification, upload: Mapping[str, Any], part: int = 1) -> list[dict[str, str]]:
    """Download a part of an upload's error file through the API, and return its rows."""
    response = run.api.get(f"/v1/uploads/{upload['id']}/error_file", {"part": part} if part > 1 else None)
    run.must(response, HTTPStatus.FOUND)
    # Without the API key, because the URL has its own signature.
    file = run.http.request("GET", response.headers["location"])
    if file.status != HTTPStatus.OK:
        raise UnexpectedError(f"S3 returned {file} for the error file of {upload['key']}.")
    return list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig"), newline="")))


def _ways(run: Verification) -> Iterator[Outcome]:
    rows = [row(run, "2"), row(run, "3"), row(run, "0.5", f"{run.run}-1")]
    put = run.upload(run.key("put.csv"), to_csv(rows))
    yield expect_equal("a file that is put counts", expected(3, 3), counts(put))

    key, body = run.key("multipart.csv"), to_csv([row(run, "4"), row(run, "0.5", f"{run.run}-1")])
    _put_in_parts(run, key, body)
    yield expect_equal(
        "a multipart upload counts, and a known identifier once", expected(2, 1, 1), counts(run.final(key))
    )

    form = run.must(run.api.post("/v1/uploads", {"file_name": f"{run.run}.csv"}))
    run.hide_at_end(form["key"])
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(run.api_url))
    posted = run.http.post_form(form["url"], form["fields"], to_csv([row(run, "5")]), origin=origin)
    yield expect(
        "a browser can post a file with the API's form",
        posted.status == HTTPStatus.NO_CONTENT and posted.headers.get("access-control-allow-origin") in {origin, "*"},
        f"{posted}; allowed origin: {posted.headers.get('access-control-allow-origin')}",
    )
    yield expect_equal("a file that is posted counts", expected(1, 1), counts(run.final(form["key"])))
    large = run.http.post_form(form["url"], form["fields"], b"x" * (_SIZE_LIMIT + 1), origin=origin)
    yield expect_equal("S3 refuses a larger file for such a form", HTTPStatus.BAD_REQUEST, large.status)

    dry_run = run.upload(run.key("dry-run.csv", "validate"), to_csv([row(run, "2"), row(run, "x")]))
    yield expect_equal("a dry run has the same result", expected(2, 1, 0, 1), counts(dry_run))


def _put_in_parts(run: Verification, key: str, body: bytes) -> None:
    """Upload a file as command lines and libraries upload large ones."""
    run.hide_at_end(key)
    in_parts = TransferConfig(multipart_threshold=1)
    run.s3.upload_fileobj(io.BytesIO(body), run.outputs.bucket, key, Config=in_parts)


def _every_error(run: Verification) -> Iterator[Outcome]:
    late = f"{run.run}-late"  # a customer that is registered later
    good = row(run)
    timestamp, meter, customer, _, _ = good
    errors: dict[str, Row] = {
        "timestamp_missing": ("", meter, customer, "1", ""),
        "timestamp_invalid": ("45559", meter, customer, "1", ""),
        "timestamp_in_future": ("2099-01-01", meter, customer, "1", ""),
        "timestamp_too_far_in_past": ("1969-12-31", meter, customer, "1", ""),
        "event_name_missing": (timestamp, "", customer, "1", ""),
        "no_meter": (timestamp, f"{meter}-unknown", customer, "1", ""),
        "archived_meter": (timestamp, run.archived_meter.event_name, customer, "1", ""),
        "meter_event_no_customer_defined": (timestamp, meter, "", "1", ""),
        "meter_event_customer_not_found": (timestamp, meter, late, "7", ""),
        "meter_event_value_not_found": (timestamp, meter, customer, "", ""),
        "meter_event_invalid_value": (timestamp, meter, customer, "1e5", ""),
        "meter_event_value_too_many_digits": (timestamp, meter, customer, "1.1234567890123", ""),
        "field_too_long": (timestamp, meter, customer, "1", "i" * 101),
        "field_invalid": (timestamp, meter, customer, "1", "1.72711E+15"),
        "field_count_mismatch": (*good, "one cell more"),
        "identifier_conflict": (timestamp, meter, customer, "2", f"{run.run}-2"),
    }
    first = (timestamp, meter, customer, "1", f"{run.run}-2")
    key = run.key("errors.csv")
    upload = run.upload(key, to_csv([first, *errors.values()]))
    total = len(errors) + 1
    yield expect_equal("one row of every error is refused", expected(total, 1, 0, len(errors)), counts(upload))
    refused = error_rows(run, upload)
    yield expect_equal("each is refused for its own reason", list(errors), [each["error_code"] for each in refused])

    unchanged = run.upload(
        run.key("errors-unchanged.csv"), to_csv([list(each.values()) for each in refused], list(refused[0]))
    )
    yield expect_equal(
        "the error file, uploaded as it is, is refused again and names its parent",
        (expected(len(errors), 0, 0, len(errors)), upload["id"]),
        (counts(unchanged), unchanged["parent"]),
    )
    corrected = [each | {"payload_value": "8"} for each in refused if each["error_code"] == "meter_event_invalid_value"]
    body = to_csv([list(each.values()) for each in corrected], list(refused[0]))
    results = [counts(run.upload(run.key(f"corrected-{number}.csv"), body)) for number in (1, 2)]
    yield expect_equal("a corrected row counts once, however often", [expected(1, 1), expected(1, 0, 1)], results)
    damaged = [each | {"identifier": "1"} for each in corrected]
    refused_again = run.upload(
        run.key("changed.csv"), to_csv([list(each.values()) for each in damaged], list(refused[0]))
    )
    yield expect_equal(
        "a changed identifier is refused",
        ["identifier_changed"],
        [group["code"] for group in refused_again["errors"]],
    )

    run.make_customer("late")
    run.must(run.api.post(f"/v1/uploads/{upload['id']}/reprocess"), HTTPStatus.ACCEPTED)
    again = run.final(key, upload["version_id"], after=upload["run"])
    # The corrected row counts in its error file's upload.
    yield expect_equal("reprocessed, the row of a registered customer counts", 2, again["success_count"])


def _error_file_in_parts(run: Verification) -> Iterator[Outcome]:
    number = _LOCAL_REFUSED_ROWS if run.is_local else _REFUSED_ROWS
    body = to_csv(
        [(str(run.timestamp), f"{run.meter.event_name}-unknown", f"c{each}", "1", "") for each in range(number)]
    )
    upload = run.upload(run.key("many-errors.csv"), body)
    yield expect_equal(f"{number:,} refused rows are one status", expected(number, 0, 0, number), counts(upload))
    error_file = upload["error_file"]
    parts = [error_rows(run, upload, part) for part in range(1, error_file["part_count"] + 1)]
    found = [each["row_number"] for part in parts for each in part]
    yield expect(
        "an error file of several parts has every refused row once",
        len(parts) > 1 and found == [str(each) for each in range(1, number + 1)],
        f"{len(found):,} rows",
        note=f"{len(parts)} parts",
    )
    last = to_csv([list(each.values()) for each in parts[-1]], list(parts[-1][0]))
    again = run.upload(run.key("many-errors-part.csv"), last)
    rows = len(parts[-1])
    yield expect_equal(
        "its last part can be uploaded as it is",
        (expected(rows, 0, 0, rows), upload["id"]),
        (counts(again), again["parent"]),
    )


def _whole_files(run: Verification) -> Iterator[Outcome]:
    rows = [row(run, str(number)) for number in range(100, 103)]
    fill = b"," * (_SIZE_LIMIT + 1)
    files = {
        "file_empty": b"",
        "file_no_rows": to_csv([]),
        "file_unsupported_type": b"PK\x03\x04" + b"\0" * 100,
        "file_encoding": to_csv(rows).replace(b"100", b"\xff"),
        "file_malformed": to_csv(rows) + b'"open quote',
        "file_missing_columns": to_csv([each[:2] for each in rows], _HEADER[:2]),
        "file_unknown_columns": to_csv([[*each, ""] for each in rows], [*_HEADER, "indentifier"]),
        "file_duplicate_columns": to_csv([[*each, ""] for each in rows], [*_HEADER, "timestamp"]),
        "file_too_large": fill,
    }
    versions = {code: run.put(run.key(f"{code}.csv"), body) for code, body in files.items()}
    found = {code: run.final(run.key(f"{code}.csv"), versions[code]) for code in files}
    reasons = {code: (upload["failure"] or {}).get("code") for code, upload in found.items()}
    wrong = {code: reason for code, reason in reasons.items() if code != reason}
    yield expect(f"{len(files)} kinds of bad files fail, each for its own reason", not wrong, wrong)
    updated = run.upload(run.key("updated.csv"), to_csv(rows))
    grown = run.upload(run.key("updated.csv"), to_csv([*rows, row(run, "103")]))
    yield expect_equal(
        "an updated file counts its new row",
        (expected(4, 1, 3), updated["id"]),
        (counts(grown), grown["updates"]),
    )
    same = run.upload(run.key("same-bytes.csv"), to_csv([*rows, row(run, "103")]))
    yield expect_equal("the same bytes under another key fail", "file_duplicate", (same["failure"] or {}).get("code"))


def _customers(run: Verification) -> Iterator[Outcome]:
    id_ = f"{run.run}-file"
    rows = [(id_, "Meterdrop verifies"), ("", "nobody")]
    upload = run.upload(run.key("customers.csv", "customers"), to_csv(rows, ("id", "name")))
    run.delete_at_end(id_)
    yield expect_equal("a customer file registers", expected(2, 1, 0, 1), counts(upload))
    codes = [each["error_code"] for each in error_rows(run, upload)]
    yield expect_equal("its bad row is refused", ["customer_id_missing"], codes)
    response = run.api.get(f"/v1/customers/{id_}")
    yield expect_equal("the customer is there", "Meterdrop verifies", (response.json or {}).get("name"))
