"""The centre's signing keys: files in a folder, the one with the highest number in use.

A key is made where there is none, and never removed: what it signed is checked with its public half, which the
database keeps as well.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from backend.key_folder import KeyFolder
from backend.requests.receipts.form import key_id


class SigningKey:
    """One key pair."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @cached_property
    def public_key(self) -> str:
        """The public half: 32 bytes, hex."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @cached_property
    def id(self) -> str:
        """What receipts call it by."""
        return key_id(self.public_key)

    def sign(self, message: bytes) -> str:
        """Return the signature, 64 bytes, hex."""
        return self._private.sign(message).hex()


class Keyring:
    """The folder of keys. `current` looks whether another process has turned to a new one."""

    def __init__(self, folder: Path) -> None:
        self._files = KeyFolder(folder, ".pem")
        self._held: tuple[str, SigningKey] | None = None

    def current(self) -> SigningKey:
        """Return the key to sign with, made now if there is none yet.

        Raises:
            ValueError: what lies there is no Ed25519 key.
        """
        names = self._files.names()
        if not names:
            self.rotate()
            names = self._files.names()
        if self._held is None or self._held[0] != names[-1]:
            self._held = names[-1], _read(names[-1], self._files.read(names[-1]))
        return self._held[1]

    def rotate(self) -> None:
        """Make the next key. Of several processes that do so at once, one wins and the others use its key."""
        key = Ed25519PrivateKey.generate()
        self._files.add(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _read(name: str, pem: bytes) -> SigningKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{name}: 不是 Ed25519 私钥 (no Ed25519 key)")  # noqa: TRY004  # the file's content is wrong
    return SigningKey(key)
