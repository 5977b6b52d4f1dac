"""Opinion items with their heat, the rules that look at them, alerts, and what alerts were turned into."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class OpinionItem(Base):
    """Something that was said in public 舆情条目. `key` is the SHA-256 of source and address: the same is kept once.

    `heat` is the last value of its series (`OpinionHeat`), as of `heat_at`. `towns` are those named in its words.
    `on_desk` are the last ones that moved, which the monitoring desk's stream has.
    """

    __tablename__ = "opinion_item"
    __table_args__ = (
        sa.Index("ix_opinion_item_list", "updated_at", "id"),
        sa.Index("ix_opinion_item_desk", "on_desk", "updated_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    source: Mapped[str] = mapped_column(sa.String(60))
    url: Mapped[str] = mapped_column(sa.String(500))
    text: Mapped[str] = mapped_column(sa.Text)
    stance: Mapped[str] = mapped_column(sa.String(8))
    topic_id: Mapped[str | None] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    towns: Mapped[Any] = mapped_column(CanonicalJson)
    heat: Mapped[int] = mapped_column(sa.BigInteger)
    heat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    on_desk: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    entered_by: Mapped[str] = mapped_column(sa.String(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpinionHeat(Base):
    """How much an item was talked about at a moment. Rows are only ever added."""

    __tablename__ = "opinion_heat"
    __table_args__ = (sa.UniqueConstraint("item_id", "at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("opinion_item.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    heat: Mapped[int] = mapped_column(sa.BigInteger)


class OpinionRule(Base):
    """What is worth an alert 预警规则. `content` is its present version (`rules.RuleContent`), `number` counts them."""

    __tablename__ = "opinion_rule"
    __table_args__ = (sa.Index("ix_opinion_rule_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(8))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(60))
    content: Mapped[Any] = mapped_column(CanonicalJson)
    created_by: Mapped[str] = mapped_column(sa.String(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpinionRuleVersion(Base):
    """A version that a rule had. Rows are only ever added."""

    __tablename__ = "opinion_rule_version"
    __table_args__ = (sa.UniqueConstraint("rule_id", "number"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    rule_id: Mapped[str] = mapped_column(sa.ForeignKey("opinion_rule.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(60))
    content: Mapped[Any] = mapped_column(CanonicalJson)
    by: Mapped[str] = mapped_column(sa.String(36))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))


class TownPlaces(Base):
    """What places of a town are called, beside the town's own name 地名."""

    __tablename__ = "town_places"

    town_id: Mapped[str] = mapped_column(sa.ForeignKey("town.id"), primary_key=True)
    ver: Mapped[int]
    names: Mapped[Any] = mapped_column(CanonicalJson)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Alert(Base):
    """That something said in public needs an answer 预警.

    `group_key` is what further items join it by: the rule, and the town or place. `owner_id` holds it, `due_at` is
    until when it has to leave its state; None where nothing is owed any more.
    """

    __tablename__ = "alert"
    __table_args__ = (
        sa.Index("ix_alert_list", "updated_at", "id"),
        sa.Index("ix_alert_group", "group_key", "state"),
        sa.Index("ix_alert_state", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(100))
    level: Mapped[str] = mapped_column(sa.String(8))
    rule_id: Mapped[str] = mapped_column(sa.ForeignKey("opinion_rule.id"), index=True)
    rule_number: Mapped[int]
    group_key: Mapped[str] = mapped_column(sa.String(64))
    heat: Mapped[int] = mapped_column(sa.BigInteger)
    owner_id: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(sa.String(500))
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    triaged_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    triaged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assigned_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AlertItem(Base):
    """An item of an alert, and `why` the rule took it in: the words, the places, the growth."""

    __tablename__ = "alert_item"
    __table_args__ = (sa.UniqueConstraint("alert_id", "item_id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    alert_id: Mapped[str] = mapped_column(sa.ForeignKey("alert.id"))
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("opinion_item.id"), index=True)
    why: Mapped[Any] = mapped_column(CanonicalJson)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AlertLink(Base):
    """What an alert was turned into. `thing_id` is a topic, lead, case or request; a reply has words and an address."""

    __tablename__ = "alert_link"
    __table_args__ = (sa.Index("ix_alert_link_thing", "kind", "thing_id"), sa.Index("ix_alert_link_alert", "alert_id"))

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    alert_id: Mapped[str] = mapped_column(sa.ForeignKey("alert.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    thing_id: Mapped[str | None] = mapped_column(sa.String(36))
    text: Mapped[str | None] = mapped_column(sa.Text)
    url: Mapped[str | None] = mapped_column(sa.String(500))
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
