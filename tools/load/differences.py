"""Whether what came of the files of `make load` is what must come of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.load.files import Load, LoadFile, by_shared

Upload = Mapping[str, Any]
_COUNTS = ("row_count", "success_count", "duplicate_count", "error_count")


def differences(load: Load, uploads: Mapping[tuple[str, str], Upload], versions: Sequence[str]) -> Iterator[str]:
    """Say in words what is not as it must be.

    `uploads` are those of the API by key and version, `versions` what S3 called each of the load's files.
    """
    found: dict[int, Upload] = {}
    for number, (file, version) in enumerate(zip(load.files, versions, strict=True)):
        upload = uploads.get((file.key, version))
        if upload is None:
            yield f"{file.key} has no upload"
        else:
            found[number] = upload
            yield from _of_one(file, upload)
    if len(uploads) > len(found):
        yield f"there are {len(uploads) - len(found)} uploads more than files"
    numbers = {id(file): number for number, file in enumerate(load.files)}
    for name, files in by_shared(load.files):
        of_group = [found[numbers[id(file)]] for file in files if numbers[id(file)] in found]
        counted = sum(upload["success_count"] for upload in of_group)
        if counted != load.successes[name]:
            yield f"{name}: {counted} rows counted, of {load.successes[name]} that must be"


def _of_one(file: LoadFile, upload: Upload) -> Iterator[str]:
    rows, successes, duplicates, errors = (upload[name] for name in _COUNTS)
    expected = "succeeded_with_errors" if file.errors else "succeeded"
    if upload["status"] != expected:
        yield f"{file.key} is {upload['status']}, not {expected}: {upload['failure']}"
    if (rows, errors) != (file.rows, file.errors) or rows != successes + duplicates + errors:
        yield f"{file.key}: {rows} rows, {errors} refused, of {file.rows} and {file.errors} that must be"
