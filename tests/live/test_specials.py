"""Specials, which hold live articles only; and what there is to read on with."""

from __future__ import annotations

from typing import Any

from scenario.examine import publish
from tests.live.desk import word
from tests.support.server import Server, wait_until


def article(server: Server, **fields: Any) -> dict[str, Any]:
    form = {"headline": word(), "summary": word(), "body": word(), "section": "minsheng", "class": "livelihood"}
    form |= {"towns": [], "sources": [{"name": "街道办", "kind": "official", "verified": True}]}
    story = server.staff("editor").does("POST", "/editor/stories", form | fields)
    return publish(server.staff, story["id"])


def withdraw(server: Server, story: dict[str, Any]) -> None:
    server.staff("duty").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "失实"})


def draft(server: Server, *articles: str, **fields: Any) -> dict[str, Any]:
    form = {"title": word(), "intro": word(), "groups": [{"title": "一组", "articles": list(articles)}]} | fields
    made: dict[str, Any] = server.staff("editor").does("POST", "/editor/specials", form)
    return made


def opened(server: Server, *articles: str) -> dict[str, Any]:
    made = draft(server, *articles)
    done: dict[str, Any] = server.staff("head").does("POST", f"/editor/specials/{made['id']}/open")
    return done


def headlines(server: Server, special: dict[str, Any]) -> list[str]:
    page = server.anonymous().does("GET", f"/specials/{special['id']}")
    return [card["headline"] for group in page["groups"] for card in group["articles"]]


def test_a_special_is_opened_by_a_second_person(server: Server) -> None:
    story = article(server)
    made = draft(server, story["id"])
    assert server.anonymous().get(f"/specials/{made['id']}").status_code == 404
    own = server.staff("editor").post(f"/editor/specials/{made['id']}/open")
    assert (own.status_code, own.json()["code"]) == (409, "same_person")
    assert server.staff("reporter").post(f"/editor/specials/{made['id']}/open").status_code == 403
    server.staff("head").does("POST", f"/editor/specials/{made['id']}/open")
    assert headlines(server, made) == [story["headline"]]
    late = server.staff("editor2").patch(f"/editor/specials/{made['id']}", {"title": "改"}, made["ver"] + 1)
    assert late.status_code == 403
    assert server.staff("duty").patch(f"/editor/specials/{made['id']}", {"title": "改"}, made["ver"] + 1).ok


def test_a_withdrawn_article_leaves_its_specials_at_once(server: Server) -> None:
    kept, taken = article(server), article(server)
    special = opened(server, taken["id"], kept["id"])
    phone = server.phone()
    phone.go_online()
    assert phone.get("special", special["id"])["groups"][0]["articles"] == [taken["id"], kept["id"]]
    withdraw(server, taken)
    left = [{"title": "一组", "articles": [kept["id"]]}]
    assert phone.wait_for(lambda: phone.get("special", special["id"])["groups"] == left)
    wait_until(phone.equals_server)
    assert headlines(server, special) == [kept["headline"]]
    assert taken["headline"] not in server.staff("editor").get(f"/editor/specials/{special['id']}").text
    phone.go_offline()


def test_a_withdrawn_special_is_gone_with_its_words_and_its_articles_stay(server: Server) -> None:
    story = article(server)
    special = opened(server, story["id"])
    assert server.anonymous().does("GET", "/search", params={"q": special["title"]})["items"][0]["kind"] == "special"
    phone = server.phone()
    phone.go_online()
    server.staff("editor").does("POST", f"/editor/specials/{special['id']}/withdraw", {"reason": "编排有误"})
    assert phone.wait_for(lambda: phone.get("special", special["id"]) is None)
    gone = server.anonymous().get(f"/specials/{special['id']}")
    assert (gone.status_code, gone.json()["reason"]) == (410, "编排有误")
    assert server.anonymous().get(f"/articles/{story['id']}").ok
    assert server.anonymous().does("GET", "/search", params={"q": special["title"]})["items"] == []
    assert special["title"] not in server.staff("editor").get("/editor/specials?limit=100").text
    phone.go_offline()


def test_a_special_is_made_of_what_there_is(server: Server) -> None:
    story = article(server)
    for articles, code in (([story["id"], "no-such"], "unknown"), ([story["id"], story["id"]], "repeated")):
        form = {"title": "甲", "groups": [{"title": "", "articles": articles}]}
        answer = server.staff("editor").post("/editor/specials", form)
        assert answer.status_code == 422
        assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("groups.0.articles.1", code)]


# ── reading on ──


def related(server: Server, story: dict[str, Any]) -> list[str]:
    items = server.anonymous().does("GET", f"/articles/{story['id']}/related")["items"]
    assert len(items) <= 6
    return [item["id"] for item in items]


def test_one_reads_on_with_what_shares_rare_words_and_never_with_the_withdrawn(server: Server) -> None:
    rare = word()[-8:]
    own, near, gone, far = (
        article(server, headline=headline)
        for headline in (
            f"{rare}蕰藻浜老桥翻修",
            f"蕰藻浜老桥{rare}通车",
            f"蕰藻浜老桥{rare}限行",
            "社区食堂上新一道汤",
        )
    )
    assert related(server, own)[:2] == [gone["id"], near["id"]]
    assert not {own["id"], far["id"]} & set(related(server, own))
    withdraw(server, gone)
    assert related(server, own)[0] == near["id"]
    assert gone["id"] not in related(server, own)
    assert server.anonymous().get(f"/articles/{gone['id']}/related").status_code == 410
    assert server.anonymous().get("/articles/no-such/related").status_code == 404


def test_what_stands_in_the_same_special_comes_first(server: Server) -> None:
    own, beside, gone = (article(server, headline=f"无关{word()}") for _ in range(3))
    opened(server, own["id"], beside["id"], gone["id"])
    withdraw(server, gone)
    found = related(server, own)
    assert found[0] == beside["id"]
    assert len(set(found)) == len(found)
    assert gone["id"] not in found
