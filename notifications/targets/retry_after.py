"""How long a vendor asks to be left alone."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import requests

# A vendor that names a longer wait is not believed: a queue's clock must not overflow on a typing error.
MAX_RETRY_AFTER_S = 24 * 3600.0


def retry_after_s(response: requests.Response | None, now: datetime, header: str = "Retry-After") -> float | None:
    """Return the seconds that the vendor asks to wait, or None if it named none that can be read."""
    text = (response.headers.get(header) or "").strip() if response is not None else ""
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER_S)
    try:
        wait = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), MAX_RETRY_AFTER_S)
