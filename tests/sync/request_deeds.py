"""The longer ways of a request: a further part of the table in `deeds`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.server import wait_until
from tests.support.tables import run
from tests.sync.deeds import deed
from tests.sync.publishing_deeds import DEEDS
from tests.sync.world import OURS, THEIRS, Thing, World

__all__ = ["DEEDS"]


def question(w: World) -> Thing:
    form = {"service": "schooladmission", "title": w.word(), "text": w.word()}
    return dict(w.citizen.does("POST", "/requests", form))


@deed("POST /desk/requests/{request_id}/answer", "POST /requests/{request_id}/confirm")
def answer_a_question_at_once(w: World) -> Iterator[None]:
    case = question(w)
    yield
    w.step("dispatcher", case, "answer", text=w.word())
    w.answer(case, "confirm")


@deed("POST /desk/requests/{request_id}/decide")
def decide_what_was_returned_twice(w: World) -> Iterator[None]:
    case = w.case()
    for _ in range(2):
        w.step("dispatcher", case, "assign", office=OURS)
        w.step("staff", case, "return", reason="不归我们")
    yield
    w.step("supervisor", case, "decide", office=THEIRS, text="由绿化承办")


@deed("POST /desk/requests/{request_id}/ask")
def ask_and_be_answered(w: World) -> Iterator[None]:
    case = w.taken()
    yield
    w.step("staff", case, "ask", text=w.word())
    w.answer(case, "messages", text=w.word())


@deed("POST /desk/requests/{request_id}/extend", "POST /desk/requests/{request_id}/complex")
def give_more_time(w: World) -> Iterator[None]:
    case = w.taken()
    yield
    w.step("supervisor", case, "extend", days=2, reason=w.word())
    w.step("supervisor", case, "complex", reason=w.word())


@deed("POST /desk/requests/{request_id}/join", "POST /desk/requests/{request_id}/note")
def let_another_office_help(w: World) -> Iterator[None]:
    case = w.taken()
    yield
    w.step("dispatcher", case, "join", offices=[THEIRS], text="请配合")
    w.step("staff2", case, "note", text=w.word())


@deed("POST /desk/requests/{request_id}/join")
def send_back_what_another_office_helped_with(w: World) -> Iterator[None]:
    case = w.step("dispatcher", w.assigned(), "join", offices=[THEIRS])
    yield
    w.step("staff", case, "return", reason="不归我们")


@deed("POST /desk/requests/{request_id}/urgency")
def say_how_urgent_it_is(w: World) -> Iterator[None]:
    case = w.case()
    yield
    w.step("dispatcher", case, "urgency", urgency="urgent")


@deed("POST /desk/requests/{request_id}/merge")
def merge_and_answer_all(w: World) -> Iterator[None]:
    leader, case = w.assigned(), w.case()
    yield
    w.step("dispatcher", case, "merge", into=leader["id"])
    w.step("staff", leader, "take")
    w.step("staff", leader, "reply", text=w.word())


@deed("POST /desk/requests/{request_id}/callback")
def call_a_silent_citizen(w: World) -> Iterator[None]:
    case = w.replied()
    yield
    # The seven days pass at once.
    run(
        w.server,
        "UPDATE service_request SET replied_at = created_at, callback_due = :due WHERE id = :id",
        due=True,
        id=case["id"],
    )
    w.step("dispatcher", case, "callback", outcome="disputed", text=w.word())


@deed("POST /desk/requests/{request_id}/review")
def look_into_a_low_rating(w: World) -> Iterator[None]:
    case = w.replied()
    yield
    w.answer(case, "rating", attitude=2, result=1)
    w.step("supervisor", case, "review", outcome="redo", text=w.word())


@deed("PUT /desk/workdays/{year}")
def make_the_day_an_answer_is_due_a_holiday(w: World) -> Iterator[None]:
    due = str(w.taken()["due_explained"]["steps"][-1]["to"])
    known = w.admin.call("GET", f"/desk/workdays/{due[:4]}").json()
    yield
    day = {"day": due[:10], "working": False, "why": w.word()}
    form = {"announced": True, "source": w.word(), "days": [day]}
    headers = {"If-Match": f'"{known["ver"]}"'}
    answer = w.admin.call("PUT", f"/desk/workdays/{due[:4]}", json=form, headers=headers)
    assert answer.status_code == 200, answer.text
    job = "SELECT 1 FROM job WHERE kind = 'request.redate' AND state <> 'done'"
    wait_until(lambda: not run(w.server, job), 30, pause=0.1)
