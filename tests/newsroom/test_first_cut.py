"""The migration from the first cut: one signature by another person becomes an examination, and nothing is lost."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.newsroom.editing.rules import hash_of
from backend.sync.log import item_hash
from scenario.people import Person
from tests.newsroom.kitchen import take
from tests.support.server import Server, wait_until
from tests.support.tables import run, run_many

NOW = datetime.now(UTC)
EDITOR, CHIEF = "0198c0de-0000-7000-8000-00000000ed17", "0198c0de-0000-7000-8000-0000000c41ef"
SIGNED = {"scheduled", "live", "withdrawn"}


def content(name: str, class_: str) -> dict[str, Any]:
    body = [{"id": f"b-{name}", "type": "text", "html": "<p>旧系统里写好的正文。</p>"}]
    sources = [{"name": "区水务局", "kind": "official", "verified": True}]
    return {
        "headline": f"旧稿{name}",
        "summary": "旧摘要",
        "body": body,
        "section": "minsheng",
        "towns": [],
        "class_": class_,
        "sources": sources,
        "cover": None,
        "byline": "",
        "translations": {},
    }


def moment(at: datetime, url: str | None) -> Any:
    return at if url else at.strftime("%Y-%m-%d %H:%M:%S.%f")


def old_story(name: str, state: str, *, lane: str = "normal", class_: str = "livelihood") -> dict[str, Any]:
    text = content(name, class_)
    signed = state in SIGNED
    row = {
        field: value if isinstance(value, str) else json.dumps(value)
        for field, value in text.items()
        if value is not None
    }
    row["class"] = row.pop("class_")
    return row | {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "ver": 3,
        "state": state,
        "lane": lane,
        "priority": 3,
        "targets": '["app"]',
        "author_id": EDITOR,
        "writers": json.dumps([EDITOR]),
        "content_hash": hash_of(text),
        "signed_by": CHIEF if signed else None,
        "signed_hash": hash_of(text) if signed else None,
    }


STORIES = {
    "draft": old_story("draft", "draft"),
    "submitted": old_story("submitted", "submitted"),
    "secret": old_story("secret", "submitted", class_="time_political"),
    "scheduled": old_story("scheduled", "scheduled"),
    "live": old_story("live", "live"),
    "urgent": old_story("urgent", "live", lane="fast", class_="emergency"),
    "opened": old_story("opened", "fast_open", lane="fast", class_="emergency"),
    "withdrawn": old_story("withdrawn", "withdrawn"),
}


@pytest.fixture(scope="module")
def moved(make_server: Callable[..., Server]) -> Server:
    """A house of the first cut, filled, migrated, and started."""
    server = make_server(fresh=True, start=False)
    server.flask("db", "upgrade", "0002")
    _fill(server)
    server.flask("db", "upgrade")
    for username, role in (("p1", "proofreader"), ("e2", "editor"), ("c2", "chief_editor")):
        server.flask("create-admin", username, username, "--password", f"demo-{username}")
        account = run(server, "SELECT id FROM account WHERE username = :name", name=username)[0][0]
        run(server, "UPDATE role_grant SET role = :role WHERE account_id = :id", role=role, id=account)
    return server.start()


def _fill(server: Server) -> None:
    url = server.env.get("DATABASE_URL")
    at = moment(NOW - timedelta(minutes=5), url)
    insert(server, "section", [{"id": "minsheng", "name": "民生", "name_en": "Livelihood", "position": 1}])
    accounts = [
        {
            "id": key,
            "kind": "staff",
            "ver": 1,
            "name": name,
            "username": name,
            "locale": "zh-CN",
            "demo": False,
            "created_at": at,
        }
        for key, name in ((EDITOR, "旧编辑"), (CHIEF, "旧总编"))
    ]
    insert(server, "account", accounts)
    for story in STORIES.values():
        later = moment(NOW + timedelta(hours=1), url) if story["state"] == "scheduled" else None
        signed = at if story["signed_by"] else None
        insert(
            server, "story", [story | {"created_at": at, "updated_at": at, "signed_at": signed, "publish_at": later}]
        )
    for name in ("live", "urgent"):
        insert(server, "article", [_article(STORIES[name], at)])
    _hold(server, "desk:editing", [("story", story["id"], 3) for story in STORIES.values()])
    _hold(server, "pub", [("article", STORIES[name]["id"], 1) for name in ("live", "urgent")])
    job = STORIES["scheduled"]
    args = {
        "kind": "story.release",
        "key": f"story.release:{job['id']}:3",
        "args": json.dumps({"id": job["id"], "ver": 3}),
    }
    due = {"run_at": moment(NOW + timedelta(hours=1), url), "created_at": at}
    insert(server, "job", [args | due | {"id": str(uuid.uuid4()), "lane": 2, "state": "ready", "attempts": 0}])


def _article(story: dict[str, Any], at: Any) -> dict[str, Any]:
    names = ("id", "headline", "summary", "body", "section", "class", "priority", "byline", "sources", "translations")
    rest = {"ver": 1, "state": "live", "corrections": "[]", "published_at": at, "updated_at": at}
    fast = story["lane"] == "fast"
    return {name: story[name] for name in names} | rest | {"breaking": fast, "confirmed": not fast}


def _hold(server: Server, stream: str, things: list[tuple[str, str, int]]) -> None:
    digest = 0
    for kind, item_id, ver in things:
        digest ^= item_hash(kind, item_id, ver)
        insert(server, "sync_item", [{"stream": stream, "kind": kind, "item_id": item_id, "ver": ver}])
    insert(server, "sync_stream", [{"name": stream, "head": 0, "count": len(things), "hash": f"{digest:032x}"}])


def insert(server: Server, table: str, rows: list[dict[str, Any]]) -> None:
    names = ", ".join(f'"{name}"' for name in rows[0])
    values = ", ".join(f":{name}" for name in rows[0])
    run_many(server, f"INSERT INTO {table} ({names}) VALUES ({values})", rows)


@pytest.fixture
def chief(moved: Server) -> Person:
    return moved.staff("c2")


def story_of(chief: Person, name: str) -> dict[str, Any]:
    return chief.does("GET", f"/editor/stories/{STORIES[name]['id']}")


def exam_of(chief: Person, name: str) -> dict[str, Any]:
    return chief.does("GET", f"/kitchen/exams/{story_of(chief, name)['exam']}")


def test_every_text_and_every_signature_is_still_there(chief: Person) -> None:
    for name, before in STORIES.items():
        story = story_of(chief, name)
        assert (story["headline"], story["content_hash"], story["ver"]) == (f"旧稿{name}", before["content_hash"], 3)
        assert story["signed_hash"] == before["signed_hash"]
        (version,) = chief.does("GET", f"/editor/stories/{story['id']}/versions")["items"]
        assert (version["number"], version["content_hash"]) == (1, before["content_hash"])
        whole = chief.does("GET", f"/editor/stories/{story['id']}/versions/{version['id']}")
        assert (
            hash_of({("class_" if key == "class" else key): value for key, value in whole["content"].items()})
            == (before["content_hash"])
        )


def test_what_waited_for_a_signature_waits_at_the_first_step(moved: Server, chief: Person) -> None:
    story, exam = story_of(chief, "submitted"), exam_of(chief, "submitted")
    assert (story["state"], exam["state"], exam["step"]) == ("in_exam", "open", "P1")
    take(moved, moved.staff("p1"), exam, "P1")
    assert take(moved, moved.staff("e2"), exam, "R1")["step"] == "P2"


def test_what_one_person_signed_is_proven_by_an_examination_of_one_step(chief: Person) -> None:
    exam = exam_of(chief, "live")
    assert (exam["state"], exam["lane"], exam["signed_hash"]) == (
        "signed",
        "first_cut",
        STORIES["live"]["content_hash"],
    )
    assert [(step["name"], step["actor"]["id"]) for step in exam["steps"]] == [("R3", CHIEF)]
    assert chief.get(f"/articles/{STORIES['live']['id']}").json()["headline"] == "旧稿live"


def test_what_the_first_fast_lane_sent_out_can_be_reviewed_now_and_sounds_no_alarm(chief: Person) -> None:
    exam = exam_of(chief, "urgent")
    assert (exam["state"], exam["step"], exam["review_due"]) == ("live_unconfirmed", "P1", None)
    assert exam_of(chief, "opened")["state"] == "fast_open"
    signed = chief.does("POST", f"/editor/breaking/{STORIES['opened']['id']}/sign")
    assert signed["state"] == "live"


def test_a_confidential_draft_is_off_the_open_desk_and_every_digest_is_right(moved: Server, chief: Person) -> None:
    secret = STORIES["secret"]["id"]
    held = {
        row[0] for row in run(moved, "SELECT stream FROM sync_item WHERE kind = 'story' AND item_id = :id", id=secret)
    }
    assert held == {"desk:examination", f"user:{EDITOR}"}
    for stream in ("desk:editing", "desk:examination", "pub"):
        phone = moved.phone(moved.staff("c2"), [stream])
        phone.go_online()
        assert phone.equals_server(), stream
        phone.go_offline()


def test_what_was_scheduled_goes_out_at_its_hour(moved: Server) -> None:
    path = f"/articles/{STORIES['scheduled']['id']}"
    assert moved.anonymous().get(path).status_code == 404
    moved.move_clock(3700)
    wait_until(lambda: moved.anonymous().get(path).ok)
