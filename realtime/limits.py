"""Bounds of the realtime side, and the names that both ends of it use."""

from __future__ import annotations

NAMESPACE = "/sync"
# What may wait for one phone; past either it is told `bye {slow}` and catches up over HTTP.
MAX_QUEUED = 256
MAX_QUEUED_BYTES = 1024 * 1024
# Frames written in one go before other work of the process gets its turn.
PASS = 256
