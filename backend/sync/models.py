"""Tables of the change log: one head, the streams, what each stream holds now, and the rows in between."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime

HEAD_ID = 1


class Head(Base):
    """The single counter row. Locking it orders all commits.

    `epoch` changes when history is no longer the same history (a restore), so that phones start afresh.
    `floor` is the highest pruned seq: cursors below it cannot be served.
    """

    __tablename__ = "sync_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(sa.String(36))
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    floor: Mapped[int] = mapped_column(sa.BigInteger)
    event_seq: Mapped[int] = mapped_column(sa.BigInteger)
    event_hash: Mapped[str] = mapped_column(sa.String(64))


class Stream(Base):
    """What a stream's digest says: its last seq, how many items it holds, and the XOR of their hashes."""

    __tablename__ = "sync_stream"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    head: Mapped[int] = mapped_column(sa.BigInteger)
    count: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(32))


class Item(Base):
    """A thing that is on a stream now. This table, and nothing else, decides who may hold what."""

    __tablename__ = "sync_item"
    __table_args__ = (sa.Index("ix_sync_item_thing", "kind", "item_id"),)

    stream: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    item_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ver: Mapped[int]


class Row(Base):
    """One change: `op` is put or del, `prev` the stream's seq before this one. No bodies."""

    __tablename__ = "sync_row"
    __table_args__ = (sa.Index("ix_sync_row_stream_seq", "stream", "seq"),)

    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    stream: Mapped[str] = mapped_column(sa.String(80))
    prev: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.String(32))
    item_id: Mapped[str] = mapped_column(sa.String(64))
    ver: Mapped[int]
    op: Mapped[str] = mapped_column(sa.String(3))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class MutationClient(Base):
    """How far a phone's outbox has been applied: `last_mid` of (account, client_id)."""

    __tablename__ = "mutation_client"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    last_mid: Mapped[int] = mapped_column(sa.BigInteger)


class MutationAnswer(Base):
    """The stored answer of one mutation, replayed whenever the phone sends it again."""

    __tablename__ = "mutation_answer"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    client_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    mid: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    answer: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
