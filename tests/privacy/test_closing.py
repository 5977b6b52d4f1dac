"""What is left of somebody who closes their account: in every column of every table, and in the store of files."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from backend.privacy.inventory import PLAIN, Closing, inventory
from scenario.people import Person
from tests.community.people import article, unique
from tests.media_files import new_photo
from tests.support.server import Server, wait_until
from tests.support.tables import metadata, run, unsealed

HOUR_S = 3600


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Server:
    return make_server()


def held(house: Server, *values: str) -> list[tuple[str, str, str]]:
    """Return in which columns any of these values stands, in clear or sealed."""
    found = []
    for table in metadata().tables.values():
        names = [each.name for each in table.columns]
        for row in run(house, "SELECT {} FROM {}".format(", ".join(f'"{name}"' for name in names), table.name)):
            for name, stored in zip(names, row, strict=True):
                if stored is not None:
                    text = str(unsealed(house, stored))
                    found += [(table.name, name, value) for value in values if value in text]
    return found


def photo_of(citizen: Person) -> dict[str, Any]:
    return dict(citizen.does("POST", "/media", files={"file": ("p.jpg", new_photo(), "image/jpeg")}))


def live(house: Server, citizen: Person) -> dict[str, Any]:
    """Do everything that leaves words or numbers; return them."""
    words = {
        name: f"私{secrets.token_hex(6)}" for name in ("name", "tip", "comment", "place", "title", "case", "added")
    }
    assert citizen.patch("/me", {"name": words["name"]}, citizen.does("GET", "/me")["ver"]).ok
    number = unique()
    citizen.does("PUT", "/me/identity", {"name": "欧阳小宝", "id_number": number})
    wait_until(lambda: citizen.does("GET", "/me/identity")["state"] == "verified")
    keyed = {"headers": {"Idempotency-Key": secrets.token_hex(8)}}
    pictures = {name: photo_of(citizen) for name in ("tip", "case", "loose")}
    citizen.does("POST", "/tips", {"text": words["tip"], "media": [pictures["tip"]["id"]]}, **keyed)
    about = article(house)
    citizen.does("POST", "/comments", {"article": about, "text": words["comment"]})
    citizen.does("POST", "/me/places", {"name": words["place"], "lat": 31.413, "lon": 121.345})
    citizen.does("PUT", f"/me/bookmarks/article/{about}")
    citizen.does("PUT", f"/likes/article/{about}")
    citizen.does("PUT", "/devices/closing", {"platform": "android", "push_token": secrets.token_urlsafe(40)})
    service = citizen.does("GET", "/services")["items"][0]["id"]
    contact = f"139{secrets.randbelow(10**8):08}"
    form = {"service": service, "title": words["title"], "text": words["case"], "contact": contact}
    case = citizen.does("POST", "/requests", form | {"media": [pictures["case"]["id"]]})
    citizen.does("POST", f"/requests/{case['id']}/messages", {"text": words["added"]})
    citizen.does("POST", "/me/trusted", {"label": "女儿"})
    return {"words": words, "number": number, "contact": contact, "pictures": pictures}


def test_nothing_is_left_but_what_the_inventory_says_is_kept_by_law(house: Server) -> None:
    phone = f"+86137{secrets.randbelow(10**8):08}"
    citizen = house.citizen(phone)
    left = live(house, citizen)
    values = [phone, phone.removeprefix("+86"), left["number"], left["contact"], *left["words"].values(), citizen.id]
    there = {value for _, _, value in held(house, *values)}
    assert set(values) - there == {left["number"]}, "all of it was there, but for the number, which is never kept"
    whole = json.dumps(citizen.does("GET", "/me/export"), ensure_ascii=False)
    assert [value for value in left["words"].values() if value not in whole] == []
    assert citizen.delete("/me").status_code == 204

    uses, wrong = inventory().uses, list[tuple[str, str]]()
    for table, column, _ in held(house, *values):
        use = inventory().use_of(table, column)
        if use in {None, PLAIN} or uses[str(use)].closing is not Closing.KEPT:
            wrong.append((table, column))
    assert sorted(set(wrong)) == []
    # No word and no number is kept but those of the case.
    words = {value for _, _, value in held(house, *values[:-1])}
    assert words == {left["words"][name] for name in ("title", "case", "added")}
    assert house.flask("verify-log").returncode == 0


def test_the_pictures_go_but_for_those_of_a_case(house: Server) -> None:
    citizen = house.citizen()
    pictures = live(house, citizen)["pictures"]
    files = {
        name: run(house, "SELECT sha256 FROM media WHERE id = :id", id=each["id"])[0][0]
        for name, each in pictures.items()
    }

    def lying() -> set[str]:
        names = {path.name for path in (house.data_dir / "media").rglob("*") if path.is_file()}
        return {name for name, sha256 in files.items() if any(each.startswith(sha256) for each in names)}

    assert lying() == {"tip", "case", "loose"}
    citizen.delete("/me")
    rows = {row[0] for row in run(house, "SELECT id FROM media")}
    assert {name for name, each in pictures.items() if each["id"] in rows} == {"case"}
    assert lying() == {"tip", "case", "loose"}, "the bytes go a while later"
    # The store looks at the files' own age.
    for path in (house.data_dir / "media").rglob("*"):
        if path.is_file():
            os.utime(path, (1, 1))
    house.move_clock(2 * HOUR_S)
    wait_until(lambda: lying() == {"case"}, timeout=30)
