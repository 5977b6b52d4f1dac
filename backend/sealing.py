"""Columns that lie encrypted in the database: telephone numbers, numbers of identity cards, and what holds them.

A `Sealed` column takes and gives plain text; what is stored is AES-256-GCM under the newest key, bound to the column's
name, so that a value copied into another column does not open. Nothing can be searched in it. Where a number must be
found, a `BlindIndex` column beside it holds a keyed hash, and `==` on the sealed column asks that one.

The keys are files in a folder (setting `DATA_KEYS`): `0001.key`, `0002.key`, … of 32 bytes, and those of the indexes:
`index.key`, then `index-0001.key`, … Of those one is in use, and two while they are turned. Each value has two
`BlindIndex` columns, and each index key fills one of them, the next key the other; so while there are two keys both are
filled, either finds the row, and either forbids a second one. See docs/adr/0028 and 0031.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from backend.db import canonical
from backend.key_folder import KeyFolder

_KEY_BYTES, _NONCE_BYTES = 32, 12
_INDEX, _INDEXES = "index.key", "index-"
# `s1` says how it is sealed, eight digits by which key.
_SEALED = re.compile(r"s1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+={0,2})")
_MAY_BE_ASKED = frozenset({operators.is_, operators.is_not})


class KeyLost(Exception):
    """Something was sealed with a key that is not in the folder, or does not open with it. Names the key, no value."""


class DataKeys:
    """The folder of keys. A running process turns to a new key with the next value it seals."""

    def __init__(self, folder: Path) -> None:
        self._files = KeyFolder(folder, ".key")
        self._opened: dict[str, tuple[str, AESGCM]] = {}
        self._index_keys: dict[str, bytes] = {}

    def ensure(self) -> None:
        """Make the first keys where there are none."""
        if not self._files.names():
            self.rotate()
        if not self._index_names():
            self._files.put(_INDEX, secrets.token_bytes(_KEY_BYTES))

    def rotate(self) -> str:
        """Make the next key and return its id; of several processes that do so at once, one wins."""
        self._files.add(secrets.token_bytes(_KEY_BYTES))
        return self.current()

    def current(self) -> str:
        """Return the id of the key that seals now.

        Raises:
            KeyLost: there is none yet.
        """
        names = self._files.names()
        if not names:
            raise KeyLost("there is no data key; `flask --app wsgi prepare` makes the first")
        return self._held(names[-1])[0]

    def ids(self) -> list[str]:
        """List the ids of all keys, the oldest first."""
        return [self._held(name)[0] for name in self._files.names()]

    def index_ids(self) -> list[str]:
        """List the ids of the keys of the blind indexes, the oldest first: one, or two while they are turned."""
        return [_id_of(key) for _, key in self._indexes()]

    def add_index(self) -> str:
        """Make the next key of the blind indexes, whose column is filled from now on, and return its id.

        Only one turn at a time: where there are two keys already, that is the one whose turn goes on.
        """
        names = self._index_names()
        if len(names) < 2:
            number = _number_of(names[-1]) + 1 if names else 0
            self._files.put(f"{_INDEXES}{number:04d}.key" if number else _INDEX, secrets.token_bytes(_KEY_BYTES))
        return self.index_ids()[-1]

    def retire_index(self) -> None:
        """Take the older of two keys of the blind indexes out of use; with one there is none to take."""
        names = self._index_names()
        for name in names[:-1]:
            self._files.retire(name)

    def name_index_as_before(self) -> None:
        """Give the key of the blind indexes the name that releases from before they were turned look for."""
        self._files.put(_INDEX, self._indexes()[-1][1])

    def seal(self, text: str, column: str) -> str:
        """Encrypt a value of this column."""
        names = self._files.names()
        if not names:
            raise KeyLost("there is no data key; `flask --app wsgi prepare` makes the first")
        key_id, cipher = self._held(names[-1])
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + cipher.encrypt(nonce, text.encode(), column.encode())
        return f"s1.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal(self, stored: str, column: str) -> str:
        """Decrypt a stored value. One from before values were sealed is given as it is.

        Raises:
            KeyLost: its key is not here, or it was changed, or it belongs to another column.
        """
        found = _SEALED.fullmatch(stored)
        if found is None:
            return stored
        cipher = self._by_id(found[1])
        sealed = base64.urlsafe_b64decode(found[2])
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], column.encode()).decode()
        except InvalidTag:
            raise KeyLost(f"a value of {column} does not open with key {found[1]}") from None

    def index(self, text: str, column: str, slot: int | None = None) -> str | None:
        """Return what a value of this column is found by: a keyed hash, hex.

        Args:
            text: the value.
            column: the name that values are bound to.
            slot: in which of the two columns; None for the one of the newest key. None comes back for a column that no
                key fills at present.

        Raises:
            KeyLost: there is no key at all.
        """
        indexes = self._indexes()
        if not indexes:
            raise KeyLost("index.key is not in the folder of data keys")
        wanted = indexes[-1][0] if slot is None else slot
        key = next((each for number, each in reversed(indexes) if number == wanted), None)
        if key is None:
            return None
        return hmac.new(key, f"{column}\n{text}".encode(), hashlib.sha256).hexdigest()

    def index_slots(self) -> list[int]:
        """List which of the two columns are filled at present, that of the oldest key first."""
        return [slot for slot, _ in self._indexes()]

    def _index_names(self) -> list[str]:
        return [*([_INDEX] if self._files.has(_INDEX) else []), *self._files.names(_INDEXES)]

    def _indexes(self) -> list[tuple[int, bytes]]:
        """Read the keys of the blind indexes that there are now, each with the column that it fills."""
        found = []
        for name in self._index_names():
            if name not in self._index_keys:
                try:
                    self._index_keys[name] = _checked(name, self._files.read(name))
                except FileNotFoundError:
                    # Taken out of use at this moment.
                    continue
            found.append((_number_of(name) % 2, self._index_keys[name]))
        return found

    def _held(self, name: str) -> tuple[str, AESGCM]:
        if name not in self._opened:
            key = _checked(name, self._files.read(name))
            self._opened[name] = _id_of(key), AESGCM(key)
        return self._opened[name]

    def _by_id(self, key_id: str) -> AESGCM:
        for held_id, cipher in list(self._opened.values()):
            if held_id == key_id:
                return cipher
        for name in reversed(self._files.names()):
            held_id, cipher = self._held(name)
            if held_id == key_id:
                return cipher
        raise KeyLost(f"data key {key_id} is not in the folder")


def _number_of(name: str) -> int:
    return 0 if name == _INDEX else int(name.removeprefix(_INDEXES).removesuffix(".key"))


def _checked(name: str, key: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        raise KeyLost(f"{name} does not hold {_KEY_BYTES} bytes")
    return key


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"ronghui data key\n" + key).hexdigest()[:8]


def _keys_of(dialect: sa.Dialect) -> DataKeys:
    keys = getattr(dialect, "data_keys", None)
    if not isinstance(keys, DataKeys):
        raise KeyLost("this engine was opened without data keys")
    return keys


def lend(engine: sa.Engine, keys: DataKeys) -> None:
    """Let an engine seal and unseal."""
    # A dialect belongs to one engine, and is the only thing of it that a column's type is told of.
    engine.dialect.data_keys = keys  # type: ignore[attr-defined]  # for the reason above


class _SealedComparator(TypeEngine.Comparator[Any]):
    """Compares by the blind index, and refuses what cannot be asked of a column that nobody reads."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        indexes = self.type.indexes if isinstance(self.type, Sealed) else ()
        compares = op in {operators.eq, operators.ne}
        # The library itself compares columns with columns, to see whether they are the same one.
        if op in _MAY_BE_ASKED or (compares and (other[0] is None or isinstance(other[0], sa.ColumnElement))):
            return super().operate(op, *other, **kwargs)
        if op is operators.eq and indexes and isinstance(self.expr, sa.Column):
            return sa.or_(*(self.expr.table.c[name] == other[0] for name in indexes))
        raise TypeError(f"a sealed column cannot be asked this: {getattr(op, '__name__', op)}")


class Sealed(TypeDecorator[Any]):
    """Text that is stored encrypted; `holds_json` says that it is the text of any JSON value.

    Args:
        column: the name that values are bound to, `table.column`. It stays what it is when the column is renamed.
        indexes: the two `BlindIndex` columns of the same table by which a value is found.
    """

    impl = sa.Text
    cache_ok = True
    comparator_factory = _SealedComparator

    def __init__(self, column: str, *, indexes: tuple[str, ...] = (), holds_json: bool = False) -> None:
        super().__init__()
        self.column, self.indexes, self.holds_json = column, indexes, holds_json

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Encrypt before storing."""
        if value is None:
            return None
        return _keys_of(dialect).seal(canonical(value) if self.holds_json else value, self.column)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Decrypt what was stored."""
        if value is None:
            return None
        text = _keys_of(dialect).unseal(value, self.column)
        return json.loads(text) if self.holds_json else text


class BlindIndex(TypeDecorator[str]):
    """What a sealed value is found by. Give it the plain value; what is stored and read back is its keyed hash.

    There are two of them beside a value, `slot` 0 and 1. One that no key fills at present holds NULL, whatever is
    given.
    """

    impl = sa.String(64)
    cache_ok = True

    def __init__(self, column: str, *, slot: int) -> None:
        super().__init__()
        self.column, self.slot = column, slot

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Hash before storing or comparing."""
        return None if value is None else _keys_of(dialect).index(value, self.column, self.slot)


def sealed_columns(metadata: sa.MetaData) -> list[sa.Column[Any]]:
    """List the sealed columns of all tables, in order."""
    return [each for table in metadata.sorted_tables for each in table.columns if isinstance(each.type, Sealed)]
