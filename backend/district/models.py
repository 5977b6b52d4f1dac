"""Reference tables. Their ids are readable slugs, since people type and say them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson


class Section(Base):
    """A section of the news, as the app's tabs show it."""

    __tablename__ = "section"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    position: Mapped[int]


class Town(Base):
    """A sub-district or town 街镇, with its centre and its outline in WGS-84 degrees.

    `outline` is a list of polygons as CAP writes them, "lat,lon lat,lon …", one for each piece of land, closed. A town
    without one has no ground yet: no position lies in it.
    """

    __tablename__ = "town"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    position: Mapped[int]
    lat: Mapped[float]
    lon: Mapped[float]
    outline: Mapped[list[str]] = mapped_column(CanonicalJson, default=list, server_default="[]")


class Office(Base):
    """A government office that posts notices and answers requests."""

    __tablename__ = "office"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))


class Unit(Base):
    """One of the media that came together in the centre 媒体单位: newspaper, television station, internet media."""

    __tablename__ = "unit"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(12))
    position: Mapped[int]


class Desk(Base):
    """A desk of the house 工作台. `sla` says in minutes how long a thing may stay in a state there, by state."""

    __tablename__ = "desk"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    unit: Mapped[str | None] = mapped_column(sa.ForeignKey("unit.id"))
    sla: Mapped[Any] = mapped_column(CanonicalJson, default=dict)
