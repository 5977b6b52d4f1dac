"""A backup is made while people work, proves itself, and brings everything back into an empty place."""

from __future__ import annotations

import random
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scenario.people import Person
from tests.media_files import photo
from tests.support import nursery
from tests.support.pushes import breaking
from tests.support.server import Server
from tests.sync.load import Load, write_stories

Make = Callable[..., Server]


@pytest.fixture(scope="module")
def house(make_server: Make) -> Server:
    return make_server()


@pytest.fixture
def backed_up(house: Server, tmp_path: Path) -> tuple[Path, Path]:
    """A backup of the house as it is, and its keys."""
    file, keys = tmp_path / "house.tar", tmp_path / "keys.tar"
    house.flask("backup", str(file), "--keys", str(keys))
    return file, keys


def empty_place(make_server: Make) -> Server:
    return make_server(start=False, fresh=True)


def _picture(server: Server) -> tuple[Person, str]:
    citizen = server.citizen()
    picture = citizen.does("POST", "/media", files={"file": ("hole.jpg", photo(), "image/jpeg")})
    form = {"service": "manhole", "title": "井盖", "text": "路口的井盖不见了", "media": [picture["id"]]}
    return citizen, str(citizen.does("POST", "/requests", form)["id"])


def test_what_is_backed_up_while_people_work_comes_back_the_same(
    house: Server, make_server: Make, tmp_path: Path
) -> None:
    citizen, request_id = _picture(house)
    case = citizen.does("GET", f"/requests/{request_id}")
    story = breaking(house, "备份当夜的快讯")
    phone = house.phone()
    phone.go_online()
    assert phone.wait_for(lambda: phone.get("article", story["id"]))
    phone.go_offline()
    load = Load()
    load.run(write_stories(load, house.staff("editor"), house.staff("duty")))
    file, keys = tmp_path / "house.tar", tmp_path / "keys.tar"
    try:
        said = house.flask("backup", str(file), "--keys", str(keys)).stdout
    finally:
        load.stop()
    assert "已备份" in said
    assert file.stat().st_mode & 0o077 == keys.stat().st_mode & 0o077 == 0
    assert "完好" in house.flask("check-backup", str(file)).stdout

    other = empty_place(make_server)
    # It compares every table with the backup, and verifies the log, before it says so.
    assert "逐表一致，日志完整" in other.flask("restore", str(file), "--keys", str(keys)).stdout
    assert "intact" in other.flask("verify-log").stdout
    assert other.flask("rebuild", "--check").returncode == 0
    assert (other.data_dir / "vapid.pem").read_bytes() == (house.data_dir / "vapid.pem").read_bytes()
    other.start()
    # The token was signed with the same key, and the sign-in is in the database.
    same = Person(other.url, citizen.tokens)
    assert same.does("GET", f"/requests/{request_id}")["ver"] == case["ver"]
    picture = case["media"][0]["url"].removeprefix("/api/v1")
    assert same.get(picture).content == citizen.get(picture).content
    assert other.anonymous().does("GET", f"/articles/{story['id']}")["headline"] == story["headline"]
    # History may have gone back behind what this phone has seen, so it starts afresh.
    epoch, phone.person = phone.epoch, other.anonymous()
    phone.go_online()
    assert phone.epoch != epoch
    assert phone.equals_server()
    assert phone.get("article", story["id"]) is not None
    phone.go_offline()
    assert other.unexpected() == []


def test_it_is_not_restored_over_a_house(house: Server, backed_up: tuple[Path, Path]) -> None:
    refused = house.flask("restore", str(backed_up[0]), check=False)
    assert refused.returncode == 1
    assert "不是空的" in refused.stderr
    assert house.anonymous().get("/feed").ok


def test_a_backup_is_not_written_over(house: Server, backed_up: tuple[Path, Path]) -> None:
    before = backed_up[0].stat()
    refused = house.flask("backup", str(backed_up[0]), check=False)
    assert (refused.returncode, backed_up[0].stat().st_mtime_ns) == (1, before.st_mtime_ns)


@pytest.mark.parametrize("harm", ["cut", "flipped", "swapped"])
def test_a_harmed_backup_is_refused_before_anything_is_written(
    house: Server, make_server: Make, backed_up: tuple[Path, Path], harm: str
) -> None:
    file, keys = backed_up
    data = bytearray(file.read_bytes())
    if harm == "cut":
        file.write_bytes(data[: len(data) * 2 // 3])
    elif harm == "flipped":
        with tarfile.open(file) as tar:
            offset = tar.getmember("database").offset_data
        data[offset + 5000] ^= 1
        file.write_bytes(data)
    else:
        file.write_bytes(keys.read_bytes())
    other = empty_place(make_server)
    refused = other.flask("restore", str(file), check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: house.tar")
    assert not list((other.data_dir / "media").glob("??/*"))
    empty = other.flask("backup", str(other.data_dir / "nothing.tar"), check=False)
    assert "什么也没有" in empty.stderr


def test_a_restore_that_is_killed_is_begun_again(
    house: Server, make_server: Make, backed_up: tuple[Path, Path]
) -> None:
    file, keys = backed_up
    other, dice = empty_place(make_server), random.Random(len(str(file)))
    for _ in range(3):
        run = nursery.commands().fork(
            ("--app", "wsgi", "restore", str(file), "--keys", str(keys)), other.env, other.log
        )
        time.sleep(dice.uniform(0.3, 1.5))
        if run.poll() is not None:
            # It was quicker than the kill.
            break
        run.kill()
        run.wait()
    again = other.flask("restore", str(file), "--keys", str(keys), check=False)
    assert again.returncode == 0 or "不是空的" in again.stderr
    assert "intact" in other.flask("verify-log").stdout
    other.start()
    assert other.anonymous().does("GET", "/feed")["items"] == house.anonymous().does("GET", "/feed")["items"]


def test_the_keys_are_in_their_own_file_and_the_backup_holds_none(backed_up: tuple[Path, Path]) -> None:
    file, keys = backed_up
    with tarfile.open(file) as house, tarfile.open(keys) as ring:
        assert {name.split("/")[0] for name in house.getnames()} == {"database", "media", "manifest.json"}
        assert {name.split("/")[0] for name in ring.getnames()} >= {"vapid", "receipt-keys"}
        secret = [ring.extractfile(name) for name in ring.getnames() if name.endswith(".pem")]
        private = [file.read() for file in secret if file is not None]
    data = backed_up[0].read_bytes()
    assert private
    assert not any(key in data for key in private)
