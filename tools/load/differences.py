"""The differences between the results of `make load` and the expected results."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.load.files import Load, LoadFile, by_shared

Upload = Mapping[str, Any]
_COUNTS = ("row_count", "success_count", "duplicate_count", "error_count")


def differences(load: Load, uploads: Mapping[tuple[str, str], Upload], versions: Sequence[str]) -> Iterator[str]:
    """Yield every difference as text.

    `uploads` are the API's uploads by key and VersionId. `versions` are the VersionIds of the load's files.
    """
    uploads_by_number: dict[int, Upload] = {}
    for number, (file, version) in enumerate(zip(load.files, versions, strict=True)):
        upload = uploads.get((file.key, version))
        if upload is None:
            yield f"{file.key} has no upload"
        else:
            uploads_by_number[number] = upload
            yield from _of_one(file, upload)
    if len(uploads) > len(uploads_by_number):
        yield f"there are {len(uploads) - len(uploads_by_number)} uploads more than files"
    numbers = {id(file): number for number, file in enumerate(load.files)}
    for name, files in by_shared(load.files):
        group = [uploads_by_number[numbers[id(file)]] for file in files if numbers[id(file)] in uploads_by_number]
        counted = sum(upload["success_count"] for upload in group)
        if counted != load.successes[name]:
            yield f"{name}: {counted} rows counted, instead of {load.successes[name]}"


def _of_one(file: LoadFile, upload: Upload) -> Iterator[str]:
    rows, successes, duplicates, errors = (upload[name] for name in _COUNTS)
    expected = "succeeded_with_errors" if file.errors else "succeeded"
    if upload["status"] != expected:
        yield f"{file.key} is {upload['status']} instead of {expected}: {upload['failure']}"
    if (rows, errors) != (file.rows, file.errors) or rows != successes + duplicates + errors:
        yield f"{file.key}: {rows} rows, {errors} refused, instead of {file.rows} and {file.errors}"
