"""Putting up the house: its media units, desks, sections and offices, from the files in which a centre keeps them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate

from backend.db import Base
from backend.district.models import Desk, Office, Section, Unit
from backend.errors import invalid
from backend.form_errors import refusal
from backend.forms import Choice, Form, Id, Number, Text
from backend.unit_of_work import UnitOfWork

UNIT_KINDS = ["newspaper", "tv", "internet"]
_DAY = 24 * 60


class _PlaceForm(Form):
    id = Id(required=True)
    name = Text(at_most=40, required=True)
    name_en = Text(at_most=80, required=True)


class UnitForm(_PlaceForm):
    """A media unit."""

    kind = Choice(UNIT_KINDS, required=True)
    position = Number(0, 1000)


class DeskForm(_PlaceForm):
    """A desk. Without a unit it serves all of them; `sla` is in minutes, by state."""

    unit = Id()
    sla = fields.Dict(keys=Id(), values=Number(1, 60 * _DAY))


class SectionForm(_PlaceForm):
    """A section of the news."""

    position = Number(0, 1000, required=True)


class OfficeForm(Form):
    """A government office."""

    id = Id(required=True)
    name = Text(at_most=80, required=True)
    name_en = Text(at_most=120, required=True)


class PlacesForm(Form):
    """All of them. Units come first, since desks name them."""

    unit = fields.List(fields.Nested(UnitForm), validate=validate.Length(max=100))
    desk = fields.List(fields.Nested(DeskForm), validate=validate.Length(max=500))
    section = fields.List(fields.Nested(SectionForm), validate=validate.Length(max=500))
    office = fields.List(fields.Nested(OfficeForm), validate=validate.Length(max=1000))


_TABLES: Mapping[str, type[Base]] = {"unit": Unit, "desk": Desk, "section": Section, "office": Office}


def read_places(files: Sequence[bytes]) -> dict[str, list[dict[str, Any]]]:
    """Read TOML files with `[[unit]]`, `[[desk]]`, `[[section]]` and `[[office]]`, all of them together.

    Raises:
        AppError: 422 for what is no TOML, and naming each field that is wrong.
    """
    together: dict[str, list[Any]] = {}
    for data in files:
        try:
            given = tomllib.loads(data.decode("utf-8-sig"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise invalid("file", "not_toml", f"不是 TOML 文件（{str(error)[:80]}）") from None
        for name, rows in given.items():
            together.setdefault(name, []).extend(rows if isinstance(rows, list) else [rows])
    try:
        read: dict[str, list[dict[str, Any]]] = PlacesForm().load(together)
    except ValidationError as error:
        raise refusal(error) from None
    return read


def put_places(unit: UnitOfWork, given: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """Make what is not there yet and change what is called otherwise now; nothing is ever removed.

    Returns how many of each were made or changed.

    Raises:
        AppError: 422 for a desk of a unit that there is not.
    """
    counts = {}
    for name, table in _TABLES.items():
        rows = given.get(name, [])
        counts[name] = sum(_put(unit, name, table, row, position) for position, row in enumerate(rows, 1))
    return counts


def _put(unit: UnitOfWork, name: str, table: type[Base], row: Mapping[str, Any], position: int) -> bool:
    if row.get("unit") is not None and unit.session.get(Unit, row["unit"]) is None:
        raise invalid(f"{name}.{position}.unit", "unknown", f"没有媒体单位 {row['unit']}")
    found = unit.session.get(table, row["id"])
    if found is not None and all(getattr(found, field) == value for field, value in row.items()):
        return False
    if found is None:
        # Units stand in the order of their file, unless it says otherwise.
        start = {"position": position, **row} if table is Unit else row
        found = table(**start)
        unit.session.add(found)
    for field, value in row.items():
        setattr(found, field, value)
    unit.session.flush()
    unit.record(f"{name}.put", row["id"], 1)
    return True
