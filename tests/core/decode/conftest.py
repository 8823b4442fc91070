"""Calldata in the names of tests: its selector and its size."""

from __future__ import annotations


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Name bytes by their beginning; whole calldata would fill the screen."""
    return f"{val[:4].hex()}-{len(val)}" if isinstance(val, bytes) else None
