"""Trust between an elder and a relative: its states, and who may do what. No database."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from backend.errors import AppError, Code

INVITED_FOR = timedelta(days=3)
# Two trusts at a time would do for most; a village head would need more than anybody should have.
MOST_TRUSTS = 8
# Each rings somebody whom one may not know at all, so ending them does not make room for more.
ASKS_A_DAY = 5
CONSENTS = ("phone", "in_person", "written")
# Without letters and digits that are mistaken for each other when read out. 32^10 cannot be tried in three days.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_PATTERN = f"^[{_LETTERS}]{{5}}-[{_LETTERS}]{{5}}$"


class TrustState(StrEnum):
    """How far a trust is."""

    INVITED = "invited"  # The elder has made a code.
    ASKED = "asked"  # The relative has asked by telephone number.
    ACTIVE = "active"
    ENDED = "ended"


_MAY: dict[tuple[TrustState, str], list[str]] = {
    (TrustState.INVITED, "elder"): ["end"],
    (TrustState.ASKED, "elder"): ["accept", "end"],
    (TrustState.ASKED, "relative"): ["end"],
    (TrustState.ACTIVE, "elder"): ["end"],
    (TrustState.ACTIVE, "relative"): ["end"],
}


def demand(command: str, state: str, side: str) -> None:
    """Raise 409 `illegal_state` with what this side may do instead."""
    allowed = _MAY.get((TrustState(state), side), [])
    if command not in allowed:
        raise AppError(
            Code.ILLEGAL_STATE, 409, "这份亲属授权现在不能这样操作。", data={"state": str(state), "allowed": allowed}
        )


def new_code() -> str:
    """Return a code to read out on the telephone."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def hash_of(code: str) -> str:
    """Return what is kept of a code."""
    return hashlib.sha256(f"trust\n{code}".encode()).hexdigest()


def is_over(state: str, expires_at: datetime, now: datetime) -> bool:
    """Tell whether nobody has taken an invitation up in time."""
    return state in {TrustState.INVITED, TrustState.ASKED} and now >= expires_at
