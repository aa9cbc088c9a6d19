"""Corrections of MiniStack where it differs from AWS, in its own process."""

import hashlib
import importlib
import re
from http import HTTPStatus
from typing import Any

_RENAMED = {"www-authenticate": "x-amzn-remapped-www-authenticate"}
_SHA256 = re.compile("[0-9a-f]{64}")  # the header can also say how a body is sent in chunks


def correct_emulator() -> None:
    """Apply every correction."""
    _apply_overrides_to_versions()
    _cut_paths()
    _rename_challenge()
    _verify_signed_bodies()


def _apply_overrides_to_versions() -> None:
    """Send the headers that a presigned URL sets, also for an object version."""
    s3 = importlib.import_module("ministack.services.s3")
    read = s3._get_object  # noqa: SLF001 - it has no other way

    def read_and_apply(bucket: str, key: str, headers: Any, query: Any = None) -> tuple[int, dict[str, Any], object]:  # noqa: ANN401
        status, sent, body = read(bucket, key, headers, query)
        if status == HTTPStatus.OK:
            s3._apply_response_overrides(sent, query or {})  # noqa: SLF001
        return status, sent, body

    s3._get_object = read_and_apply  # type: ignore[attr-defined]  # noqa: SLF001


def _cut_paths() -> None:
    """Cut the path that an HTTP API passes on at a decoded question mark, as API Gateway does."""
    gateway = importlib.import_module("ministack.services.apigateway")
    decode = gateway.decode_http_api_path
    gateway.decode_http_api_path = lambda path: decode(path).partition("?")[0]  # type: ignore[attr-defined]


def _rename_challenge() -> None:
    """Rename the header that makes browsers ask for a password, as API Gateway can do."""
    gateway = importlib.import_module("ministack.services.apigateway")
    execute = gateway.handle_execute

    async def execute_and_rename(*arguments: Any, **options: Any) -> tuple[int, dict[str, Any], object]:  # noqa: ANN401
        status, headers, body = await execute(*arguments, **options)
        return status, {_RENAMED.get(name.lower(), name): value for name, value in headers.items()}, body

    gateway.handle_execute = execute_and_rename  # type: ignore[attr-defined]


def _verify_signed_bodies() -> None:
    """Verify signatures by the SHA-256 of the body, not by the one that the request's header names."""
    signatures = importlib.import_module("ministack.core.sigv4")
    verify = signatures.header_signature_failure

    def verify_body_too(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 - the arguments of `verify`
        *others, headers, body = arguments
        if _SHA256.fullmatch(headers.get("x-amz-content-sha256", "")):
            headers = {**headers, "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
        return verify(*others, headers, body, **options)

    signatures.header_signature_failure = verify_body_too  # type: ignore[attr-defined]
