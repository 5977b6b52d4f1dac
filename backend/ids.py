"""Opaque identifiers: UUID version 7 (RFC 9562), so that ids made later sort later."""

from __future__ import annotations

from uuid6 import uuid7


def new_id() -> str:
    """Return a fresh identifier, 36 characters."""
    return str(uuid7())
