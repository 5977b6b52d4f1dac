"""The inventory of personal data: it names every column, its page is up to date, and its times are kept."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.privacy.inventory import PLAIN, Use, inventory
from backend.sealing import sealed_columns
from deploy.privacy_page import write_privacy
from tests.support.server import Server, wait_until
from tests.support.tables import metadata, run

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
DAY_S = 86400
ALL_S = 3651 * DAY_S


def test_every_column_is_under_a_use_or_declared_nobodys() -> None:
    held = inventory()
    columns = [(table.name, each.name) for table in metadata().tables.values() for each in table.columns]
    lacking = [".".join(each) for each in columns if held.use_of(*each) is None]
    assert lacking == [], "declare these in backend/privacy/inventory.toml"
    declared = [(table, each) for table, uses in held.columns.items() for names in uses.values() for each in names]
    assert len(declared) == len(set(declared)), "a column has one use"
    assert set(declared) == set(columns), "the inventory names columns that are not there"


def test_every_use_is_declared_and_used() -> None:
    held = inventory()
    used = {use for uses in held.columns.values() for use in uses} - {PLAIN}
    assert used == set(held.uses)


def test_every_sealed_column_is_personal() -> None:
    for column in sealed_columns(metadata()):
        assert inventory().use_of(column.table.name, column.name) not in {None, PLAIN}


@pytest.mark.parametrize("use", inventory().uses.values(), ids=lambda use: use.name)
def test_a_time_has_something_that_keeps_it(use: Use) -> None:
    if use.job is not None:
        module, _, name = use.job.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
    assert (use.after is not None) == bool(use.since or use.job)
    for table, _ in inventory().places_of(use.name) if use.since else ():
        assert set(use.since) & set(metadata().tables[table].columns.keys())


def test_the_page_is_what_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_privacy(), "flask --app wsgi privacy > docs/privacy.md"


# ── the clock ──


class Filler:
    """Puts a row into any table, with whatever its columns take."""

    def __init__(self, server: Server, account: str) -> None:
        self.server, self.account = server, account
        self._made: dict[str, Any] = {}

    def row(self, table: sa.Table, **given: Any) -> dict[str, Any]:
        values = {each.name: self._value(each) for each in table.columns if not each.nullable or each.name in given}
        values |= given
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(f":{name}" for name in values)
        run(self.server, f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', **values)
        return values

    def _value(self, column: sa.Column[Any]) -> Any:
        if column.name == "account_id" or any(key.column.table.name == "account" for key in column.foreign_keys):
            return self.account
        for key in column.foreign_keys:
            there = run(self.server, f'SELECT "{key.column.name}" FROM "{key.column.table.name}" LIMIT 1')
            return there[0][0] if there else self.row(key.column.table)[key.column.name]
        kind = column.type.impl if isinstance(column.type, sa.types.TypeDecorator) else column.type
        number = len(self._made)
        self._made[f"{column}{number}"] = number
        if isinstance(kind, sa.DateTime):
            return self.moment(timedelta())
        if isinstance(kind, sa.Date):
            return date(2020, 1, 1)
        if isinstance(kind, sa.Boolean):
            return False
        if isinstance(kind, sa.Integer | sa.BigInteger | sa.Float):
            return number
        return f"old{number}"[-(getattr(kind, "length", None) or 36) :]

    def moment(self, ago: timedelta) -> Any:
        at: datetime = self.server.now() - ago
        return at if "DATABASE_URL" in self.server.env else at.replace(tzinfo=None).strftime("%Y-%m-%d %H:%M:%S.%f")


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Server:
    return make_server()


def test_rows_are_deleted_when_their_time_is_over_and_not_before(house: Server) -> None:
    filler, seeded = Filler(house, house.citizen().id), []
    for table, use in inventory().swept():
        model = metadata().tables[table]
        since = next(name for name in use.since if name in model.c)
        assert use.after is not None
        for old, ago in (True, use.after + timedelta(hours=1)), (False, use.after - timedelta(days=1, hours=1)):
            # Rows of tomorrow's sweep: what is younger than its time by a day and an hour stays then.
            only = {"state": "done"} if use.only else {}
            values = filler.row(model, **{since: filler.moment(ago - timedelta(days=1))}, **only)
            where = {each.name: values[each.name] for each in model.primary_key.columns}
            seeded.append((table, old, where))
    assert len(seeded) > 10
    house.move_clock(DAY_S + 60)

    def left(table: str, where: dict[str, Any]) -> bool:
        marks = " AND ".join(f'"{name}" = :{name}' for name in where)
        return run(house, f'SELECT 1 FROM "{table}" WHERE {marks}', **where) != []

    wait_until(lambda: not any(left(table, where) for table, old, where in seeded if old), timeout=30)
    assert [table for table, old, where in seeded if not old and not left(table, where)] == []


def test_words_and_contacts_are_forgotten_with_time_and_history_still_holds(house: Server) -> None:
    citizen, words = house.citizen(), "井盖松动，夜里很响，住在三楼"
    service = citizen.does("GET", "/services")["items"][0]["id"]
    form = {"service": service, "title": "井盖松动", "text": words, "contact": "021-56780000"}
    case = citizen.does("POST", "/requests", form | {"address": "牡丹江路三号"})
    tip = citizen.does("POST", "/tips", {"text": words})
    run(
        house,
        "UPDATE service_request SET state = 'closed', closed_at = :at WHERE id = :id",
        id=case["id"],
        at=house.now() if "DATABASE_URL" in house.env else house.now().strftime("%Y-%m-%d %H:%M:%S.%f"),
    )
    kept = "SELECT contact, text, address, title FROM service_request WHERE id = :id"
    before = run(house, kept, id=case["id"])[0]
    house.move_clock(360 * DAY_S)
    wait_until(lambda: run(house, "SELECT 1 FROM job WHERE kind = 'housekeeping' AND state = 'ready'"))
    assert run(house, kept, id=case["id"])[0] == before
    house.move_clock(10 * DAY_S)
    wait_until(lambda: run(house, kept, id=case["id"])[0][0] is None, timeout=30)
    assert run(house, kept, id=case["id"])[0][1] == words
    house.move_clock(730 * DAY_S)
    wait_until(lambda: run(house, "SELECT text FROM tip WHERE id = :id", id=tip["id"]) == [("",)], timeout=30)
    house.move_clock(ALL_S)
    wait_until(lambda: run(house, kept, id=case["id"]) == [(None, "", None, "（已过保存期）")], timeout=30)
    for table in ("service_request", "request_step", "tip", "tip_step", "idempotency_answer"):
        assert words not in str(run(house, f"SELECT * FROM {table}"))
    assert house.flask("verify-log").returncode == 0
