"""Corrections of MiniStack where it differs from AWS, in its own process."""

import importlib


def correct_emulator() -> None:
    """Apply every correction."""
    _cut_paths()


def _cut_paths() -> None:
    """Cut the path that an HTTP API passes on at a decoded question mark, as API Gateway does."""
    gateway = importlib.import_module("ministack.services.apigateway")
    decode = gateway.decode_http_api_path
    gateway.decode_http_api_path = lambda path: decode(path).partition("?")[0]  # type: ignore[attr-defined]
