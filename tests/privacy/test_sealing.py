"""Sealed columns: what lies in the database, which keys open it, and how an older house is converted."""

from __future__ import annotations

import secrets
import shutil
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.accounts.models import Account
from backend.sealing import DataKeys, KeyLost, sealed_columns
from tests.support.server import Server, wait_until
from tests.support.tables import in_clear, keys_of, metadata, run

# How a house was before anything was sealed in it.
BEFORE = "0021"


@pytest.fixture
def keys(tmp_path: Path) -> DataKeys:
    made = DataKeys(tmp_path / "keys")
    made.ensure()
    return made


# ── keys and values ──


def test_a_value_opens_after_the_key_was_turned_and_new_ones_lie_under_the_new_key(keys: DataKeys) -> None:
    old, first = keys.seal("+8613812345678", "account.phone"), keys.current()
    assert "13812345678" not in old
    second = keys.rotate()
    new = keys.seal("+8613812345678", "account.phone")
    assert (old.split(".")[1], new.split(".")[1]) == (first, second)
    assert {keys.unseal(each, "account.phone") for each in (old, new)} == {"+8613812345678"}
    assert keys.ids() == [first, second]


def test_equal_values_do_not_look_equal_and_still_have_one_index(keys: DataKeys) -> None:
    assert keys.seal("same", "account.phone") != keys.seal("same", "account.phone")
    index = keys.index("same", "account.phone")
    keys.rotate()
    assert keys.index("same", "account.phone") == index
    assert keys.index("same", "identity.number") != index


def test_another_process_uses_a_key_that_was_made_meanwhile(keys: DataKeys, tmp_path: Path) -> None:
    other = DataKeys(tmp_path / "keys")
    assert other.unseal(keys.seal("one", "a.b"), "a.b") == "one"
    assert keys.rotate() == other.current()
    assert other.unseal(keys.seal("two", "a.b"), "a.b") == "two"


def test_what_was_moved_changed_or_sealed_elsewhere_does_not_open(keys: DataKeys, tmp_path: Path) -> None:
    sealed = keys.seal("value", "account.phone")
    stranger = DataKeys(tmp_path / "other")
    stranger.ensure()
    flipped = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    for holder, text, column in (
        (keys, sealed, "identity.number"),
        (keys, flipped, "account.phone"),
        (stranger, sealed, "account.phone"),
    ):
        with pytest.raises(KeyLost) as lost:
            holder.unseal(text, column)
        assert "value" not in str(lost.value).replace("a value of", "")


def test_keys_are_read_by_their_owner_only_and_never_written_over(keys: DataKeys, tmp_path: Path) -> None:
    files = sorted((tmp_path / "keys").iterdir())
    assert [(file.name, oct(file.stat().st_mode & 0o777)) for file in files] == [
        ("0001.key", "0o600"),
        ("index.key", "0o600"),
    ]
    before = [file.read_bytes() for file in files]
    keys.ensure()
    assert [file.read_bytes() for file in files] == before


def test_a_sealed_column_is_asked_by_its_index_and_by_nothing_else() -> None:
    assert "account.phone_index =" in str(sa.select(Account.id).where(Account.phone == "+8613812345678"))
    assert "account.phone IS NULL" in str(sa.select(Account.id).where(Account.phone.is_(None)))
    for ask in (lambda: Account.phone.like("%1"), lambda: Account.phone.in_(["1"]), lambda: Account.totp_secret == "x"):
        with pytest.raises(TypeError):
            ask()


def test_each_sealed_column_is_bound_to_a_name_of_its_own() -> None:
    names = [column.type.column for column in sealed_columns(metadata())]
    assert len(names) == len(set(names)) >= 12


# ── a running house ──


def new_phone() -> str:
    return f"+86137{secrets.randbelow(10**8):08}"


def stored(server: Server) -> dict[str, list[str]]:
    """Return what lies in each sealed column, as it lies there."""
    return {
        each.type.column: [
            row[0] for row in run(server, f'SELECT "{each.name}" FROM {each.table.name}') if row[0] is not None
        ]
        for each in sealed_columns(metadata())
    }


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Server:
    return make_server()


def test_turning_the_key_seals_everything_anew_and_everybody_is_found_as_before(house: Server) -> None:
    phone, contact = new_phone(), new_phone()
    citizen = house.citizen(phone)
    service = citizen.does("GET", "/services")["items"][0]["id"]
    form = {"service": service, "title": "路灯不亮", "text": "三天了", "contact": contact}
    citizen.does("POST", "/requests", form)
    lying = [value for values in stored(house).values() for value in values]
    assert lying
    assert all(value.startswith("s1.") for value in lying)
    new = house.flask("rotate-data-key").stdout.strip()
    fresh = house.citizen()

    def turned() -> bool:
        return all(value.startswith(f"s1.{new}.") for values in stored(house).values() for value in values)

    wait_until(turned, timeout=30)
    wait_until(lambda: run(house, "SELECT 1 FROM data_key WHERE spent_at IS NOT NULL"))
    assert house.citizen(phone).id == citizen.id != fresh.id
    assert contact in in_clear(house, run(house, "SELECT contact FROM service_request"))
    listed = house.flask("data-keys").stdout
    assert listed.count("在用") == 2
    assert listed.count("已换下") == 1
    # Its spent key may go, and the house starts without it.
    (house.data_dir / "data-keys" / "0001.key").unlink()
    house.stop()
    house.start()
    assert house.citizen(phone).id == citizen.id


def test_a_house_that_is_given_another_folder_of_keys_does_not_start(house: Server, tmp_path: Path) -> None:
    house.stop()
    folder = house.data_dir / "data-keys"
    shutil.copytree(folder, tmp_path / "kept")
    for missing in ("0002.key", "index.key"):
        (folder / missing).unlink()
        refused = house.flask("work", check=False)
        assert refused.returncode != 0
        assert "DATA_KEYS" in refused.stderr
        shutil.copytree(tmp_path / "kept", folder, dirs_exist_ok=True)
    house.start()


# ── an older house ──

PHONE, CONTACT, NUMBER = "+8613900001111", "13900002222 王女士", "310113194910010018"


def _old(server: Server) -> str:
    """Fill a house of before with what it held in clear; return the citizen's id."""
    url, at = server.env.get("DATABASE_URL"), datetime.now(UTC)
    moment: Any = at if url else at.strftime("%Y-%m-%d %H:%M:%S.%f")
    citizen, ask = str(uuid.uuid4()), "INSERT INTO {} ({}) VALUES ({})"

    def insert(table: str, **values: Any) -> None:
        run(
            server,
            ask.format(table, ", ".join(f'"{name}"' for name in values), ", ".join(f":{name}" for name in values)),
            **values,
        )

    account = {"kind": "citizen", "ver": 1, "skills": "[]", "locale": "zh-CN", "demo": False, "created_at": moment}
    insert("account", id=citizen, person_id=citizen, name="市民1111", phone=PHONE, **account)
    many = [{"id": str(uuid.uuid4()), "phone": f"+86139{n:08}"} for n in range(20000, 20700)]
    for one in many:
        insert("account", person_id=one["id"], name="市民", **one, **account)
    insert(
        "identity",
        account_id=citizen,
        ver=1,
        state="checking",
        check_id="c1",
        name="王小明",
        number=NUMBER,
        masked="王*",
        alias="0001",
        at=moment,
    )
    insert("office", id="water", name="水务局", name_en="Water")
    service = {"name_en": "Pipes", "kind": "help", "description": "", "description_en": "", "position": 1}
    insert("service", id="pipes", name="水管", office_id="water", **service)
    case = {"title": "漏水", "text": "一直漏", "media": "[]", "state": "filed", "supervised": False, "returns": 0}
    insert(
        "service_request",
        id=str(uuid.uuid4()),
        ver=1,
        code="BS-1",
        citizen_id=citizen,
        service_id="pipes",
        contact=CONTACT,
        created_at=moment,
        updated_at=moment,
        **case,
    )
    body = f'{{"id":"{citizen}","phone":"{PHONE}"}}'
    insert("idempotency_answer", account_id=citizen, key="k", request_hash="h", status=200, body=body, at=moment)
    return citizen


def test_an_older_house_is_converted_and_its_people_are_found_by_their_numbers(
    make_server: Callable[..., Server],
) -> None:
    server = make_server(fresh=True, start=False)
    server.flask("db", "upgrade", BEFORE)
    citizen = _old(server)
    server.flask("db", "upgrade")
    for text in (PHONE, CONTACT, NUMBER, "王小明"):
        tables = ("account", "identity", "service_request", "idempotency_answer")
        rows = [row for table in tables for row in run(server, f"SELECT * FROM {table}")]
        assert text not in str(rows)
        assert text in in_clear(server, rows)
    if "DATABASE_URL" not in server.env:
        run(server, "PRAGMA wal_checkpoint(TRUNCATE)")
        assert PHONE.encode() not in (server.data_dir / "ronghui.db").read_bytes()
    assert run(server, "SELECT things FROM idempotency_answer") == [(citizen,)]
    assert run(server, "SELECT count(DISTINCT phone_index) FROM account") == [(701,)]
    index = keys_of(server).index(PHONE, "account.phone")
    assert run(server, "SELECT id FROM account WHERE phone_index = :index", index=index) == [(citizen,)]
    # Turning the key takes more than one transaction here; one that is killed goes on where it was.
    server.start()
    new = server.flask("rotate-data-key").stdout.strip()
    turned = f"SELECT count(*) FROM account WHERE phone LIKE 's1.{new}.%'"
    wait_until(lambda: run(server, turned)[0][0] >= 500)
    server.kill()
    # What the killed worker held is taken over when its lease runs out.
    server.move_clock(61)
    server.start()
    wait_until(lambda: run(server, turned) == [(701,)])
    server.stop()
    server.flask("db", "downgrade", BEFORE)
    assert run(server, "SELECT phone FROM account WHERE id = :id", id=citizen) == [(PHONE,)]
    assert run(server, "SELECT contact FROM service_request") == [(CONTACT,)]
