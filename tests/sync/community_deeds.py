"""What citizens say and moderators decide: a further part of the table in `deeds`."""

from __future__ import annotations

from collections.abc import Iterator

from scenario.people import Person
from tests.community.people import proven, unique
from tests.support.server import wait_until
from tests.sync.deeds import deed
from tests.sync.notice_deeds import DEEDS
from tests.sync.world import Thing, World

__all__ = ["DEEDS"]


def talker(w: World) -> Person:
    """Return the citizen of the world, verified."""
    if w.citizen.does("GET", "/me/identity")["state"] == "none":
        proven(w.citizen)
    return w.citizen


def article(w: World) -> str:
    """Return the article that readers of `test_replay` watch the comments of; there is one a world."""
    if w.talked_about is None:
        w.talked_about = w.live()["id"]
    return str(w.talked_about)


def comment(w: World, person: Person | None = None, **form: object) -> Thing:
    """Post a comment; by a newcomer, so that nobody meets the limit."""
    person = person or proven(w.server.citizen())
    return person.does("POST", "/comments", {"article": article(w), "text": w.word()} | form)


def decides(w: World, one: Thing, command: str, **form: object) -> Thing:
    return w.monitor.does("POST", f"/desk/comments/{one['id']}/{command}", form or None)


def shown(w: World, person: Person | None = None, **form: object) -> Thing:
    return decides(w, comment(w, person, **form), "show")


@deed("PUT /me/identity")
def prove_who_one_is(w: World) -> Iterator[None]:
    talker(w)
    person = w.newcomer = w.server.citizen()
    yield
    person.does("PUT", "/me/identity", {"name": "张三", "id_number": unique()})
    wait_until(lambda: person.does("GET", "/me/identity")["state"] == "verified")


@deed("POST /comments", "POST /desk/comments/{comment_id}/show")
def comment_and_see_it_shown(w: World) -> Iterator[None]:
    person, above = talker(w), shown(w)
    yield
    shown(w, person, reply_to=above["id"])


@deed("POST /desk/comments/{comment_id}/refuse")
def refuse_a_comment(w: World) -> Iterator[None]:
    one = comment(w)
    yield
    decides(w, one, "refuse", reason="insult")


@deed("POST /desk/comments/{comment_id}/remove")
def remove_a_comment_that_was_answered_and_then_the_answer(w: World) -> Iterator[None]:
    above = shown(w)
    below = shown(w, reply_to=above["id"])
    yield
    decides(w, above, "remove", reason="rumour")
    decides(w, below, "remove", reason="other")


@deed("DELETE /comments/{comment_id}")
def erase_a_comment_that_was_answered(w: World) -> Iterator[None]:
    person = proven(w.server.citizen())
    above = shown(w, person)
    shown(w, reply_to=above["id"])
    yield
    person.does("DELETE", f"/comments/{above['id']}")


@deed("POST /comments/{comment_id}/report", "POST /desk/comments/{comment_id}/show")
def report_a_comment_and_see_it_kept(w: World) -> Iterator[None]:
    one = shown(w)
    readers = [w.server.citizen() for _ in range(3)]
    yield
    for reader in readers:
        reader.does("POST", f"/comments/{one['id']}/report", {"reason": "advert"})
    decides(w, one, "show")


@deed("PUT /editor/articles/{article_id}/comments")
def close_the_comments_and_open_them(w: World) -> Iterator[None]:
    about = article(w)
    yield
    for open_ in (False, True):
        w.editor.does("PUT", f"/editor/articles/{about}/comments", {"open": open_})


@deed("PUT /likes/{kind}/{thing}", "DELETE /likes/{kind}/{thing}")
def like_two_things_and_one_of_them_no_more(w: World) -> Iterator[None]:
    one = shown(w)
    yield
    w.citizen.does("PUT", f"/likes/comment/{one['id']}")
    w.citizen.does("PUT", f"/likes/article/{article(w)}")
    w.citizen.does("DELETE", f"/likes/comment/{one['id']}")


@deed("POST /editor/stories/{story_id}/withdraw")
def withdraw_an_article_with_comments(w: World) -> Iterator[None]:
    about = article(w)
    shown(w)
    comment(w)
    yield
    w.move("duty", {"id": about}, "withdraw", reason="失实")
    w.talked_about = None


@deed("DELETE /me")
def close_the_account_of_somebody_who_commented(w: World) -> Iterator[None]:
    person = proven(w.server.citizen())
    shown(w, person)
    comment(w, person)
    yield
    person.does("DELETE", "/me")
