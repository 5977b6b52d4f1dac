"""Every action there is, as a table: what comes before the `yield` prepares, what comes after it is the deed itself.

`DEEDS` is checked against the OpenAPI document, so that an action that is added without a line here fails a test. What
the Central Kitchen does is in `kitchen_deeds`, which adds to the same table.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp

from scenario.people import Person
from tests.community.people import proven
from tests.support.server import wait_until
from tests.sync.world import OURS, THEIRS, TOWN, World

Steps = Callable[[World], Iterator[None]]


@dataclass(frozen=True)
class Deed:
    """One action. `calls` are the operations it uses, as in the OpenAPI document."""

    name: str
    calls: tuple[str, ...]
    steps: Steps


DEEDS: list[Deed] = []


def deed(*calls: str) -> Callable[[Steps], Steps]:
    def add(steps: Steps) -> Steps:
        DEEDS.append(Deed(steps.__name__, calls, steps))
        return steps

    return add


# ── stories ──


@deed("POST /editor/stories")
def create_story(w: World) -> Iterator[None]:
    yield
    w.story()


@deed("PATCH /editor/stories/{story_id}")
def edit_story(w: World) -> Iterator[None]:
    story = w.submitted()
    yield
    assert w.editor2.patch(f"/editor/stories/{story['id']}", {"headline": w.word()}, story["ver"]).ok


@deed("POST /editor/stories/{story_id}/submit")
def submit_story(w: World) -> Iterator[None]:
    story = w.story()
    yield
    w.move("editor", story, "submit")


@deed("POST /editor/stories/{story_id}/return")
def return_story(w: World) -> Iterator[None]:
    story = w.submitted()
    yield
    w.move("chief", story, "return", reason="再核一遍")


@deed("POST /editor/stories/{story_id}/publish")
def publish_story(w: World) -> Iterator[None]:
    story = w.signed()
    yield
    w.move("chief", story, "publish")


@deed("POST /editor/stories/{story_id}/publish")
def schedule_story_and_see_it_released(w: World) -> Iterator[None]:
    story = w.signed()
    yield
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    w.move("chief", story, "publish", publish_at=soon)
    wait_until(lambda: w.server.anonymous().get(f"/articles/{story['id']}").ok)


@deed("POST /editor/stories/{story_id}/return")
def return_scheduled_story(w: World) -> Iterator[None]:
    later = (datetime.now(UTC) + timedelta(hours=5)).isoformat()
    story = w.move("chief", w.signed(), "publish", publish_at=later)
    yield
    w.move("chief", story, "return", reason="改期")


@deed("POST /editor/stories/{story_id}/correct")
def correct_story(w: World) -> Iterator[None]:
    story = w.live()
    yield
    w.correct(story, headline=w.word(), note="标题有误")


@deed("POST /editor/stories/{story_id}/correct")
def correct_the_towns_of_a_story(w: World) -> Iterator[None]:
    story = w.live()
    yield
    w.correct(story, towns=["luodian"], note="街镇有误")


@deed("POST /editor/stories/{story_id}/withdraw")
def withdraw_story(w: World) -> Iterator[None]:
    story = w.live()
    yield
    w.move("duty", story, "withdraw", reason="失实")


@deed("POST /editor/breaking")
def open_breaking(w: World) -> Iterator[None]:
    yield
    w.fast()


@deed("POST /editor/breaking/{story_id}/sign")
def sign_breaking(w: World) -> Iterator[None]:
    story = w.fast()
    yield
    w.duty.does("POST", f"/editor/breaking/{story['id']}/sign")


@deed("POST /editor/stories/{story_id}/correct")
def correct_breaking(w: World) -> Iterator[None]:
    story = w.breaking()
    yield
    w.correct(story, summary=w.word(), note="数字有误")


@deed("POST /editor/stories/{story_id}/withdraw")
def withdraw_breaking_that_was_read(w: World) -> Iterator[None]:
    story = w.breaking()
    bell = w.rung(w.citizen, story["id"])
    w.citizen.does("POST", "/inbox/read", {"ids": [bell["id"]]})
    yield
    w.move("chief", story, "withdraw", reason="失实")


# ── notices ──


@deed("POST /office/notices")
def draft_notice(w: World) -> Iterator[None]:
    yield
    w.draft()


@deed("PATCH /office/notices/{notice_id}")
def edit_notice(w: World) -> Iterator[None]:
    notice = w.draft()
    yield
    assert w.office.patch(f"/office/notices/{notice['id']}", {"title": w.word()}, notice["ver"]).ok


@deed("POST /office/notices/{notice_id}/publish")
def publish_notice(w: World) -> Iterator[None]:
    notice = w.draft()
    yield
    w.office2.does("POST", f"/office/notices/{notice['id']}/publish")


@deed("POST /office/notices/{notice_id}/withdraw")
def withdraw_notice(w: World) -> Iterator[None]:
    notice = w.notice()
    yield
    w.office.does("POST", f"/office/notices/{notice['id']}/withdraw", {"reason": "文号有误"})


# ── requests ──


@deed("POST /requests")
def file_request(w: World) -> Iterator[None]:
    yield
    w.case()


@deed("POST /desk/requests/{request_id}/accept")
def accept_request(w: World) -> Iterator[None]:
    case = w.case()
    yield
    w.step("dispatcher", case, "accept", text="收到")


@deed("POST /desk/requests/{request_id}/decline")
def decline_request(w: World) -> Iterator[None]:
    case = w.case()
    yield
    w.step("dispatcher", case, "decline", reason="不在本区")


@deed("POST /desk/requests/{request_id}/assign")
def assign_request(w: World) -> Iterator[None]:
    case = w.case()
    yield
    w.step("dispatcher", case, "assign", office=OURS, text="内部：请尽快")


@deed("POST /desk/requests/{request_id}/take")
def take_request(w: World) -> Iterator[None]:
    case = w.assigned()
    yield
    w.step("staff", case, "take")


@deed("POST /desk/requests/{request_id}/return")
def return_request_and_assign_it_elsewhere(w: World) -> Iterator[None]:
    case = w.assigned()
    yield
    w.step("staff", case, "return", reason="不归我们")
    w.step("dispatcher", case, "assign", office=THEIRS)


@deed("POST /desk/requests/{request_id}/reply")
def reply_request(w: World) -> Iterator[None]:
    case = w.taken()
    yield
    w.step("staff", case, "reply", text=w.word())


@deed("POST /desk/requests/{request_id}/resolve")
def resolve_request(w: World) -> Iterator[None]:
    case = w.replied()
    yield
    w.step("staff", case, "resolve")


@deed("POST /desk/requests/{request_id}/supervise")
def supervise_request(w: World) -> Iterator[None]:
    case = w.taken()
    yield
    w.step("supervisor", case, "supervise", text="盯紧")


@deed("POST /desk/requests/{request_id}/message")
def message_from_the_office(w: World) -> Iterator[None]:
    case = w.taken()
    yield
    w.step("staff", case, "message", text=w.word())


@deed("POST /requests/{request_id}/messages")
def message_from_the_citizen(w: World) -> Iterator[None]:
    case = w.taken()
    yield
    w.answer(case, "messages", text=w.word())


@deed("POST /requests/{request_id}/rating")
def rate_request(w: World) -> Iterator[None]:
    case = w.replied()
    yield
    w.answer(case, "rating", attitude=5, result=4, comment=w.word())


@deed("POST /requests/{request_id}/reopen")
def reopen_request(w: World) -> Iterator[None]:
    case = w.replied()
    yield
    w.answer(case, "reopen", reason="又坏了")


@deed("POST /sync/mutations")
def mutations_of_every_name(w: World) -> Iterator[None]:
    case, client, article = w.replied(), uuid.uuid4().hex, w.live()
    if w.citizen.does("GET", "/me/identity")["state"] == "none":
        proven(w.citizen)
    made: dict[str, str] = {}
    yield
    sent = [
        ("request.file", {"service": "manhole", "title": w.word(), "text": w.word()}),
        ("request.message", {"id": case["id"], "text": w.word()}),
        ("request.confirm", {"id": case["id"], "text": w.word()}),
        ("request.rate", {"id": case["id"], "attitude": 5, "result": 5}),
        ("request.reopen", {"id": case["id"], "reason": "又坏了"}),
        ("comment.post", {"article": article["id"], "text": w.word()}),
        ("like.set", {"kind": "article", "id": article["id"], "liked": True}),
        ("inbox.read", {"all": True}),
        ("me.edit", {"town": TOWN}),
    ]
    for mid, (name, args) in enumerate(sent, 1):
        answer = w.outbox(w.citizen, client, mid, name, args)
        assert answer["status"] == "applied", name
        made[name] = answer["id"]
    entry = ("comment.delete", {"id": made["comment.post"]})
    assert w.outbox(w.citizen, client, len(sent) + 1, *entry)["status"] == "applied"


# ── inbox, account, roster ──


@deed("POST /inbox/read")
def read_one_bell(w: World) -> Iterator[None]:
    case = w.step("dispatcher", w.case(), "accept")
    bell = w.rung(w.citizen, case["id"])
    yield
    assert w.citizen.does("POST", "/inbox/read", {"ids": [bell["id"]]}) == {"read": 1}


@deed("POST /inbox/read")
def read_everything(w: World) -> Iterator[None]:
    w.breaking()
    w.notice()
    w.step("dispatcher", w.case(), "accept")
    yield
    assert w.citizen.does("POST", "/inbox/read", {"all": True})["read"] >= 3


@deed("PATCH /me")
def change_ones_name(w: World) -> Iterator[None]:
    w.taken()
    ver = w.citizen.does("GET", "/me")["ver"]
    yield
    assert w.citizen.patch("/me", {"name": w.word(), "town": TOWN}, ver).ok


@deed("PATCH /me/preferences")
def change_preferences(w: World) -> Iterator[None]:
    before = w.citizen.does("GET", "/me/preferences")
    yield
    change = {"notices": not before["notices"]}
    assert w.citizen.patch("/me/preferences", change, before["ver"]).ok


@deed("POST /me/follows")
def follow_a_topic(w: World) -> Iterator[None]:
    yield
    w.citizen.does("POST", "/me/follows", {"kind": "topic", "thing": w.word()})


@deed("DELETE /me/follows/{follow_id}")
def follow_a_topic_no_more(w: World) -> Iterator[None]:
    made = w.citizen.does("POST", "/me/follows", {"kind": "topic", "thing": w.word()})
    yield
    w.citizen.does("DELETE", f"/me/follows/{made['id']}")


@deed("DELETE /me")
def close_an_account_with_open_business(w: World) -> Iterator[None]:
    other = w.server.citizen()
    w.step("staff", w.assigned(other), "take")
    other.does("POST", "/inbox/read", {"all": True})
    assert other.patch("/me/preferences", {"notices": False}, 0).ok
    other.does("POST", "/me/follows", {"kind": "section", "thing": "minsheng"})
    yield
    other.does("DELETE", "/me")


@deed("POST /me/totp/confirm")
def switch_a_second_factor_on(w: World) -> Iterator[None]:
    # Nobody can sign in by password alone afterwards, so it is somebody whom no other deed needs.
    w.newcomer = w.server.hire("何小满", "tv_director", desk="tv")
    secret = w.newcomer.does("POST", "/me/totp")["secret"]
    yield
    w.newcomer.does("POST", "/me/totp/confirm", {"code": pyotp.TOTP(secret).now()})
    w.newcomer = None


@deed("POST /auth/tokens")
def sign_in_once_more(w: World) -> Iterator[None]:
    yield
    w.again("editor")


@deed("DELETE /auth/tokens")
def sign_out(w: World) -> Iterator[None]:
    editor = w.again("editor")
    yield
    editor.does("DELETE", "/auth/tokens")


@deed("DELETE /me/sign-ins/{session_id}")
def sign_out_on_another_device(w: World) -> Iterator[None]:
    other, here = w.again("editor"), w.again("editor")
    (left,) = [one["id"] for one in here.does("GET", "/me/sign-ins")["items"][1:2]]
    assert other.get("/me").ok
    yield
    here.does("DELETE", f"/me/sign-ins/{left}")


@deed("POST /auth/tokens")
def use_a_refresh_token_twice(w: World) -> Iterator[None]:
    tokens = w.again("editor").tokens
    assert tokens is not None
    form = {"grant": "refresh", "refresh_token": tokens["refresh_token"]}
    anybody = Person(w.server.url)
    anybody.does("POST", "/auth/tokens", form)
    yield
    assert anybody.post("/auth/tokens", form).json()["code"] == "token_reused"


@deed("POST /roster")
def give_a_role(w: World) -> Iterator[None]:
    yield
    w.grant("proof", "editor", desk="editing")


@deed("DELETE /roster/{grant_id}")
def end_a_role(w: World) -> Iterator[None]:
    grant = w.grant("proof", "editor", desk="editing")
    yield
    w.end(grant)


# Operations that leave no trace on any stream. A check makes a report, which is read where it is asked for. What is
# said of people's work, and what they say against it, is other people's business on no stream.
SILENT = {
    # What somebody agreed to is read where it is asked for.
    "PUT /me/consents/{purpose}",
    "DELETE /me/consents/{purpose}",
    "POST /me/consents/guardian/codes",
    "DELETE /me/children/{consent_id}",
    "POST /kitchen/assessment/periods/{period_id}/appeals",
    "POST /kitchen/assessment/appeals/{appeal_id}/uphold",
    "POST /kitchen/assessment/appeals/{appeal_id}/dismiss",
    "POST /kitchen/stories/{story_id}/grade",
    "POST /kitchen/stories/{story_id}/pickups",
    "POST /editor/stories/{story_id}/check",
    "POST /auth/codes",
    "POST /me/totp",
    "POST /media",
    # A file is on no stream before something shows it, whether it came at once or in pieces.
    "POST /uploads",
    "PATCH /uploads/{upload_id}",
    "POST /uploads/{upload_id}/finish",
    "DELETE /uploads/{upload_id}",
    "PUT /devices/{installation_id}",
    "DELETE /devices/{installation_id}",
    # That a push was opened is told in reports alone.
    "POST /devices/{installation_id}/opened",
    # Samples of use and the floor under figures are on no stream: no client holds figures.
    "POST /usage",
    "DELETE /usage/{installation_id}",
    "PATCH /kitchen/operation/settings",
    # It only answers: nothing is kept of what somebody has not filed.
    "POST /requests/suggest",
}
