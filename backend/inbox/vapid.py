"""The key that our pushes to browsers are signed with (VAPID, RFC 8292).

A browser subscribes for one key and takes pushes from no other: if the file is lost, so is every
subscription. Several machines must be given the same file.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from backend.inbox.web_push import base64_of


class VapidKey:
    """One key pair on the curve P-256. `private` is for the signer."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self.private = private

    @classmethod
    def load(cls, path: Path) -> VapidKey:
        """Read the key, made now if there is no file yet. Of several processes that start at once, all use one key.

        Raises:
            OSError: the file cannot be read, or not be made.
            ValueError: what lies there is no private key on P-256.
        """
        if not path.exists():
            _make(path)
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path.name}: 不是 PEM 私钥 (no private key in PEM)") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError(f"{path.name}: 不是 P-256 私钥 (no key on P-256)")  # noqa: TRY004 # A bad file is a bad value.
        return cls(key)

    @property
    def public(self) -> str:
        """The browser's `applicationServerKey`: the uncompressed point in URL-safe base64 without padding."""
        return base64_of(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def pem(self) -> bytes:
        """The private key as it stands in the file."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    beside.touch(mode=0o600)
    try:
        beside.write_bytes(VapidKey(ec.generate_private_key(ec.SECP256R1())).pem)
        # A link, unlike a renaming, fails where the name is taken: no key ever overwrites another.
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
