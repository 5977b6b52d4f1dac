"""The browser's half of RFC 8291: what it makes when it subscribes, and how it opens a message.

Written from the standards with plain primitives, and with nothing that the sending side uses: two that share a library
share its mistakes.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()
_HEADER_BYTES = 16 + 4 + 1
_POINT_BYTES = 65
_TAG_BYTES = 16
_LAST_RECORD = 2


class BrowserKeys:
    """What only the browser has: its private key and the secret that it shares with us."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None, auth: bytes | None = None) -> None:
        self._private = private or ec.generate_private_key(_CURVE)
        self._auth = auth or secrets.token_bytes(16)
        self._public = point_of(self._private)

    def shared(self) -> dict[str, str]:
        """Return the `keys` of a subscription."""
        return {"auth": encode(self._auth), "p256dh": encode(self._public)}

    def private(self) -> str:
        """Return the private key as other languages read it: the bare number in base64."""
        return encode(self._private.private_numbers().private_value.to_bytes(32, "big"))

    def open(self, sealed: bytes) -> bytes:
        """Return what a message says.

        Raises:
            ValueError: it is not in the form of RFC 8188, or was not sealed for this browser.
        """
        salt, size, length = sealed[:16], int.from_bytes(sealed[16:20], "big"), sealed[20] if len(sealed) > 20 else 0
        sender, record = sealed[_HEADER_BYTES : _HEADER_BYTES + length], sealed[_HEADER_BYTES + length :]
        if length != _POINT_BYTES or not _TAG_BYTES < len(record) <= size:
            # RFC 8291 wants all of it in one record.
            raise ValueError("not one record of aes128gcm")
        secret = self._private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender))
        material = _derive(secret, self._auth, b"WebPush: info\0" + self._public + sender, 32)
        key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, record, None)
        except InvalidTag as error:
            raise ValueError("not sealed for this browser") from error
        text = padded.rstrip(b"\0")
        if not text or text[-1] != _LAST_RECORD:
            raise ValueError("no end of the text")
        return text[:-1]


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public half, uncompressed."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode(data: bytes) -> str:
    """Write bytes in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Read what `encode` wrote.

    Raises:
        ValueError: it is something else.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(material)
