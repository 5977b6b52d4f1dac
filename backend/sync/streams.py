"""Stream names, and for which kind of reader a stream is rendered."""

from __future__ import annotations

import re
from enum import StrEnum

PUBLIC = "pub"
KITCHEN = "kitchen"
NAME_PATTERN = "(pub|kitchen|user|(town|talk|live|user|office|desk):[0-9A-Za-z_-]{1,64})"
_NAME = re.compile(NAME_PATTERN)


class Audience(StrEnum):
    """Three readers see a thing in three ways: anybody, the person it belongs to, and the staff who work on it."""

    PUBLIC = "public"
    OWNER = "owner"
    STAFF = "staff"


_AUDIENCE = {
    "pub": Audience.PUBLIC,
    "kitchen": Audience.STAFF,
    "town": Audience.PUBLIC,
    "talk": Audience.PUBLIC,
    "live": Audience.PUBLIC,
    "user": Audience.OWNER,
    "office": Audience.STAFF,
    "desk": Audience.STAFF,
}


def is_stream_name(name: str) -> bool:
    """Tell whether a client could mean a stream by this name (`user` stands for the caller's own)."""
    return _NAME.fullmatch(name) is not None


def audience_of(stream: str) -> Audience:
    """Return for whom a stream is rendered."""
    return _AUDIENCE[stream.partition(":")[0]]


def town(town_id: str) -> str:
    """Name the stream of a sub-district or town."""
    return f"town:{town_id}"


def talk(article_id: str) -> str:
    """Name the stream of what people say below an article."""
    return f"talk:{article_id}"


def live(live_id: str) -> str:
    """Name the stream of a live blog's entries."""
    return f"live:{live_id}"


def user(account_id: str) -> str:
    """Name the stream of one person."""
    return f"user:{account_id}"


def office(office_id: str) -> str:
    """Name the stream of a government office's service requests."""
    return f"office:{office_id}"


def notices_desk(office_id: str) -> str:
    """Name the stream of the notices that an office is drafting."""
    return desk(f"notices-{office_id}")


def desk(desk_id: str) -> str:
    """Name the stream of a desk in the house."""
    return f"desk:{desk_id}"
