"""Structured logs: one JSON line an event, with the request id. Texts, phones and secrets never go in."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

# Even where a caller is careless, values under these names do not reach the log.
_SECRET = frozenset(
    {"password", "code", "token", "access_token", "refresh_token", "phone", "text", "authorization", "push_token"}
)

_TELLING = ("urllib3", "requests", "google")
_DETAILS = ("DETAIL:", "CONTEXT:")


def get_trace() -> str | None:
    """Return the id of the request in whose course this is done, as it stands in each line that is logged meanwhile."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return str(found) if found is not None else None


def configure_logs(level: str) -> None:
    """Send all logs, also those of libraries, to standard error as JSON lines."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
        structlog.processors.format_exc_info,
        without_details,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False), foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TELLING:
        # They tell the addresses that they call, and with some vendors a device's token is part of one.
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))


def without_details(_logger: Any, _method: str, event: Any) -> Any:
    """Leave out of a stack what PostgreSQL says of the values that it refused: `DETAIL: Key (name)=(…) exists`."""
    if isinstance(event.get("exception"), str):
        lines = event["exception"].splitlines()
        event["exception"] = "\n".join(line for line in lines if not line.lstrip().startswith(_DETAILS))
    return event


def _hide_secrets(_logger: Any, _method: str, event: Any) -> Any:
    return {key: "…" if key in _SECRET else value for key, value in event.items()}
