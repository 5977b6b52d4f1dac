"""Opaque identifiers: UUID version 7 (RFC 9562), so that ids made later sort later."""

from __future__ import annotations

import re

from uuid6 import uuid7

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_id() -> str:
    """Return a fresh identifier, 36 characters."""
    return str(uuid7())


def ids_in(text: str) -> str:
    """List the identifiers that a text tells of, once each, with spaces between."""
    return " ".join(sorted(set(_ID.findall(text))))
