"""Password hashing with argon2id (RFC 9106), away from the event loop."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from backend.concurrency import offload

_hasher = PasswordHasher()
_quick = PasswordHasher.from_parameters(profiles.CHEAPEST)


def hash_password(password: str) -> str:
    """Return the hash to be stored."""
    return offload(_hasher.hash, password)


def hash_known_password(password: str) -> str:
    """Return a hash that costs next to nothing, for passwords of a demo, which stand on the screen anyway."""
    return _quick.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Tell whether the password fits. Takes as long for an account that does not exist (`stored` None)."""
    try:
        return offload(_hasher.verify, stored or _nobodys_hash(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")
