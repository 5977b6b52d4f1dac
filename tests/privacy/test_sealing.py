"""Sealed columns: what lies in the database, which keys open it, and how an older house is converted."""

from __future__ import annotations

import secrets
import shutil
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from backend.accounts.models import Account
from backend.accounts.rules import request_hash
from backend.config import load_settings
from backend.db import Engine
from backend.sealing import BlindIndex, DataKeys, KeyLost, Sealed, lend, sealed_columns
from tests.support.server import SECRET, Server, wait_until
from tests.support.tables import in_clear, keys_of, metadata, run, run_many

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
    assert keys.index("same", "account.phone", 0) == index
    assert keys.index("same", "account.phone", 1) is None, "no key fills this column"
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


def test_each_index_has_one_column_for_each_of_two_keys() -> None:
    tables = metadata().tables.values()
    indexes = {str(each) for table in tables for each in table.columns if isinstance(each.type, BlindIndex)}
    named = set()
    for column in sealed_columns(metadata()):
        assert isinstance(column.type, Sealed)
        pair = [column.table.c[name] for name in column.type.indexes]
        assert [each.type.slot for each in pair] == [0, 1][: len(pair)]
        assert {each.type.column for each in pair} <= {column.type.column}
        assert len({bool(each.unique) for each in pair}) <= 1
        named |= {str(each) for each in pair}
    assert named == indexes


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


# ── the key of the indexes ──


def test_either_key_finds_and_either_forbids_a_second_one_while_they_are_turned(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    """Processes may see the folder as it was a moment ago, or as it will be: any two of them share a key."""
    # An account refers to tables of other rooms.
    metadata()
    server = make_server()
    server.stop()
    folder = load_settings(server.env).data_keys
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(folder, before)
    DataKeys(folder).add_index()
    shutil.copytree(folder, after)
    DataKeys(after).retire_index()
    engines = {}
    for name, place in {"before": before, "turning": folder, "after": after}.items():
        engines[name] = Engine(load_settings(server.env).database_url)
        lend(engines[name].sa, DataKeys(place))

    def register(who: str, phone: str) -> str:
        with engines[who].writing() as session:
            made = str(uuid.uuid4())
            session.add(Account(id=made, kind="citizen", name="市民", phone=phone, created_at=datetime.now(UTC)))
            session.commit()
        return made

    def find(who: str, phone: str) -> str | None:
        with engines[who].reading() as session:
            return session.scalar(sa.select(Account.id).where(Account.phone == phone))

    pairs = [("before", "turning"), ("turning", "turning"), ("turning", "after")]
    for first, second in pairs + [(second, first) for first, second in pairs]:
        phone = new_phone()
        made = register(first, phone)
        assert find(second, phone) == made, (first, second)
        with pytest.raises(sa.exc.IntegrityError):
            register(second, phone)
    for engine in engines.values():
        engine.sa.dispose()


def test_the_key_of_the_indexes_is_turned_while_people_sign_in_and_register(make_server: Callable[..., Server]) -> None:
    server = make_server()
    people = _crowd(server, 2600)
    known = list(people)[::400]
    made = server.flask("rotate-data-key", "--index").stdout.strip()
    newcomers = [new_phone() for _ in range(12)]
    met: dict[str, set[str]] = {}

    def come(phone: str) -> None:
        with suppress(requests.RequestException):
            met.setdefault(phone, set()).add(server.citizen(phone).id)

    filled = "SELECT count(*) FROM account WHERE phone_index_b IS NOT NULL"
    with ThreadPoolExecutor(4) as pool:
        coming = [pool.submit(come, phone) for phone in [*newcomers[:6], *known]]
        wait_until(lambda: run(server, filled)[0][0] >= 500)
        server.kill()
        for each in coming:
            each.exception()
    # What the killed worker held is taken over when its lease runs out.
    server.move_clock(61)
    server.start()
    assert "还没有换完" in server.flask("doctor", "--offline", check=False).stdout
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(come, phone) for phone in [*newcomers, *known]]:
            each.result()
    lacking = "SELECT count(*) FROM account WHERE phone IS NOT NULL AND phone_index_b IS NULL"
    wait_until(lambda: run(server, lacking) == [(0,)], timeout=60)
    assert run(server, "SELECT count(*) FROM account WHERE phone IS NOT NULL AND phone_index IS NULL") == [(0,)]
    # Asked for once more, as by somebody who fears that it stands still, it is the same turn.
    assert server.flask("rotate-data-key", "--index").stdout.strip() == made
    for _ in range(2):
        wait_until(lambda: not run(server, f"SELECT 1 FROM job WHERE {_DUE}", now=_moment(server)), timeout=60)
        server.move_clock(601)
    wait_until(lambda: run(server, "SELECT count(*) FROM account WHERE phone_index IS NOT NULL") == [(0,)], timeout=60)
    wait_until(lambda: not run(server, "SELECT 1 FROM job WHERE kind = 'data_keys.reindex' AND state <> 'done'"))
    assert "还没有换完" not in server.flask("doctor", "--offline", check=False).stdout
    names = {file.name for file in (server.data_dir / "data-keys").iterdir()}
    assert names == {"0001.key", "index.key.spent", "index-0001.key"}
    (server.data_dir / "data-keys" / "index.key.spent").unlink()
    server.stop()
    server.start()
    for phone in [*newcomers, *known]:
        come(phone)
    # A number is one account: before, meanwhile and after.
    assert [found for found in met.values() if len(found) != 1] == []
    assert {phone: met[phone] for phone in known} == {phone: {people[phone]} for phone in known}
    total, indexed = run(server, "SELECT count(phone), count(DISTINCT phone_index_b) FROM account")[0]
    assert total == indexed
    # And once more, into the column that is free again.
    assert server.flask("rotate-data-key", "--index").stdout.strip() != made
    again = "SELECT count(*) FROM account WHERE phone_index IS NOT NULL"
    wait_until(lambda: run(server, again) == [(total,)], timeout=60)
    assert server.citizen(known[0]).id == people[known[0]]


_DUE = "kind = 'data_keys.reindex' AND state <> 'done' AND run_at <= :now"


def _moment(server: Server) -> Any:
    return server.now() if "DATABASE_URL" in server.env else server.now().strftime("%Y-%m-%d %H:%M:%S.%f")


def _crowd(server: Server, count: int) -> dict[str, str]:
    """Have so many people registered; return their accounts by their numbers."""
    keys, at = keys_of(server), _moment(server)
    people = {f"+86135{number:08}": str(uuid.uuid4()) for number in range(count)}
    rows = [
        {
            "id": made,
            "phone": keys.seal(phone, "account.phone"),
            "index": keys.index(phone, "account.phone"),
            "at": at,
            "no": False,
        }
        for phone, made in people.items()
    ]
    run_many(
        server,
        "INSERT INTO account (id, person_id, kind, ver, name, phone, phone_index, skills, locale, demo, created_at)"
        " VALUES (:id, :id, 'citizen', 1, '市民', :phone, :index, '[]', 'zh-CN', :no, :at)",
        rows,
    )
    return people


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
    assert run(server, "SELECT request_hash FROM idempotency_answer") == [(request_hash(SECRET, "h"),)]
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
