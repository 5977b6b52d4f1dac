"""What people keep, on all their phones; and the columns as they want them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from scenario.examine import publish
from scenario.people import Person
from tests.live.desk import on_live, opened, word
from tests.support import tables
from tests.support.server import Server, wait_until


def article(server: Server) -> dict[str, Any]:
    form = {"headline": word(), "summary": word(), "body": word(), "section": "minsheng", "class": "livelihood"}
    form |= {"towns": [], "sources": [{"name": "街道办", "kind": "official", "verified": True}]}
    story = server.staff("editor").does("POST", "/editor/stories", form)
    return publish(server.staff, story["id"])


def notice(server: Server) -> dict[str, Any]:
    form = {"title": word(), "body": word(), "category": "other"}
    draft = server.staff("office").does("POST", "/office/notices", form)
    made: dict[str, Any] = server.staff("office2").does("POST", f"/office/notices/{draft['id']}/publish")
    return made


def mutate(person: Person, *entries: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    sent = [{"mid": mid, "name": name, "args": args} for mid, (name, args) in enumerate(entries, 1)]
    form = {"client_id": uuid.uuid4().hex, "mutations": sent}
    answers: list[dict[str, Any]] = person.does("POST", "/sync/mutations", form)
    return answers


def kept(person: Person, **query: Any) -> list[tuple[str, str, str | None, bool]]:
    items = person.does("GET", "/me/bookmarks", params=query)["items"]
    return [(item["kind"], item["thing"], item["title"], item["gone"]) for item in items]


def test_what_is_kept_on_one_phone_is_kept_on_the_other(server: Server) -> None:
    person = server.citizen()
    live, item = opened(server), server.anonymous().does("GET", "/catalogue")["items"][0]
    story, told = article(server), notice(server)
    phones = [server.phone(person) for _ in range(2)]
    for phone in phones:
        phone.go_online()
    for kind, thing in (("article", story), ("notice", told), ("live", live), ("item", item)):
        path = f"/me/bookmarks/{kind}/{thing['id']}"
        assert [person.call("PUT", path).status_code for _ in range(2)] == [201, 200]
    wanted = [
        ("item", item["id"], item["title"], False),
        ("live", live["id"], live["headline"], False),
        ("notice", told["id"], told["title"], False),
        ("article", story["id"], story["headline"], False),
    ]
    assert kept(person) == wanted
    assert kept(person, kind="notice") == wanted[2:3]
    stream = f"user:{person.id}"

    def held(phone: Any) -> set[tuple[str, str]]:
        rows = (data for (kind, _), (_, data) in phone.items[stream].items() if kind == "bookmark")
        return {(data["kind"], data["thing"]) for data in rows}

    for phone in phones:
        assert phone.wait_for(lambda phone=phone: len(held(phone)) == 4)
    # One phone was offline when it let go and kept: what it asks for late is done once, and both hold the same.
    phones[1].go_offline()
    gone = {"kind": "article", "thing": story["id"], "on": False}
    answers = mutate(person, ("bookmark.set", gone), ("bookmark.set", gone), ("bookmark.set", {**gone, "on": True}))
    assert {answer["status"] for answer in answers} == {"applied"}
    assert person.delete(f"/me/bookmarks/notice/{told['id']}").status_code == 204
    assert person.delete(f"/me/bookmarks/notice/{told['id']}").status_code == 204
    phones[1].go_online()
    for phone in phones:
        wait_until(phone.equals_server)
        assert held(phone) == {("article", story["id"]), ("live", live["id"]), ("item", item["id"])}
        phone.go_offline()


def test_a_withdrawn_thing_stays_kept_without_a_word_of_it(server: Server) -> None:
    person, live, story, told = server.citizen(), opened(server), article(server), notice(server)
    for kind, thing in (("article", story), ("notice", told), ("live", live)):
        person.does("PUT", f"/me/bookmarks/{kind}/{thing['id']}")
    server.staff("duty").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "失实"})
    server.staff("office").does("POST", f"/office/notices/{told['id']}/withdraw", {"reason": "有误"})
    on_live(server, "editor", live, "withdraw", reason="失实")
    assert {(title, gone) for _, _, title, gone in kept(person)} == {(None, True)}
    everything = person.get("/me/export").text + person.get("/sync/snapshot", params={"streams": "user"}).text
    assert [each for each in (story["headline"], told["title"], live["headline"]) if each in everything] == []
    assert person.call("PUT", f"/me/bookmarks/article/{story['id']}").status_code == 200, "it is kept already"
    assert server.citizen().call("PUT", f"/me/bookmarks/article/{story['id']}").status_code == 404


def test_bookmarks_are_ones_own_and_go_with_the_account(server: Server) -> None:
    person, other, live = server.citizen(), server.citizen(), opened(server)
    person.does("PUT", f"/me/bookmarks/live/{live['id']}")
    assert kept(other) == []
    assert server.anonymous().get("/me/bookmarks").status_code == 401
    assert [row["thing"] for row in person.does("GET", "/me/export")["bookmarks"]] == [live["id"]]
    count = "SELECT count(*) FROM bookmark WHERE account_id = :account"
    assert tables.run(server, count, account=person.id)[0][0] == 1
    account = person.id
    person.does("DELETE", "/me")
    assert tables.run(server, count, account=account)[0][0] == 0


def test_there_is_an_end_to_what_is_kept(server: Server) -> None:
    person, live = server.citizen(), opened(server)
    columns = "id, ver, account_id, kind, thing, created_at"
    fill = f"INSERT INTO bookmark ({columns}) VALUES (:id, 1, :account, 'live', :id, :at)"
    row = {"account": person.id, "at": "2026-01-01 00:00:00+00:00"}
    tables.run_many(server, fill, [row | {"id": str(uuid.uuid4())} for _ in range(499)])
    assert person.call("PUT", f"/me/bookmarks/live/{live['id']}").status_code == 201
    full = person.call("PUT", f"/me/bookmarks/live/{opened(server)['id']}")
    assert (full.status_code, full.json()["guard"]) == (409, "bookmarks_full")
    assert person.call("PUT", f"/me/bookmarks/live/{live['id']}").status_code == 200


@pytest.mark.parametrize("path", ["story/x", "article/no-such-article", "notice/no-such-notice", "item/x", "live/x"])
def test_what_is_not_there_is_not_kept(server: Server, path: str) -> None:
    assert server.citizen().call("PUT", f"/me/bookmarks/{path}").status_code == 404


def test_an_outbox_is_told_what_could_not_be_kept(server: Server) -> None:
    (answer,) = mutate(server.citizen(), ("bookmark.set", {"kind": "live", "thing": "no-such", "on": True}))
    assert (answer["status"], answer["code"]) == ("refused", "not_found")


# ── columns ──


def test_columns_are_ordered_and_hidden_on_all_phones(server: Server) -> None:
    person = server.citizen()
    assert person.does("GET", "/me/preferences")["channels"] == {"order": [], "hidden": []}
    phone = server.phone(person)
    phone.go_online()
    wanted = {"order": ["minsheng", "yaowen"], "hidden": ["chanye"]}
    assert person.patch("/me/preferences", {"channels": wanted}, 0).json()["channels"] == wanted
    # Offline on another phone: the last word counts, and what it says nothing of stays.
    later = {"order": ["yaowen"], "hidden": []}
    (answer,) = mutate(person, ("me.prefer", {"channels": later}))
    assert answer["status"] == "applied"
    (second,) = mutate(person, ("me.prefer", {"breaking": False}))
    assert second["status"] == "applied"
    said = person.does("GET", "/me/preferences")
    assert (said["channels"], said["breaking"]) == (later, False)
    stream = f"user:{person.id}"
    assert phone.wait_for(lambda: (phone.get("preference", person.id, stream) or {}).get("breaking") is False)
    assert phone.get("preference", person.id, stream)["channels"] == later
    phone.go_offline()


def test_an_unknown_column_is_refused_by_its_name(server: Server) -> None:
    person = server.citizen()
    for name in ("order", "hidden"):
        channels = {"order": ["yaowen"], "hidden": []} | {name: ["yaowen", "no-such-section"]}
        answer = person.patch("/me/preferences", {"channels": channels}, 0)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [f"channels.{name}.1"]
    (refused,) = mutate(person, ("me.prefer", {"channels": {"order": ["no-such"], "hidden": []}}))
    assert (refused["status"], refused["code"]) == ("refused", "validation")
