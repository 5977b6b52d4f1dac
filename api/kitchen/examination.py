"""Examination: claiming, reading, fixing, passing and returning over HTTP; `/submit` of a story opens it."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, SilentSchema, page_of
from backend.clock import iso
from backend.forms import Choice, Id
from backend.newsroom.editing.schemas import ReasonForm
from backend.newsroom.examination import actions, claims, opinions, proofreading, queries
from backend.newsroom.examination.models import Exam
from backend.newsroom.examination.rules import EXAM, STEPS
from backend.newsroom.examination.schemas import (
    AnswerForm,
    ClaimListSchema,
    ExamSchema,
    FixForm,
    InvitationSchema,
    OpinionForm,
    PassForm,
    ProvenExamSchema,
    QuestionSchema,
    ReturnForm,
)
from backend.paging import Page

blp = blueprint("examination", "审核 Examination: 三审三校")
_EXAM = "/kitchen/exams/<id:exam_id>"
_STEP = f"{_EXAM}/steps/<id:step>"


class ExamsQuery(PageQuery):
    """Which examinations."""

    state = Choice(list(EXAM.states))
    story = Id()
    step = Choice(list(STEPS))


def _written(call: Write, exam: Exam) -> dict[str, Any]:
    call.session.flush()
    return queries.present_exams(call.session, [exam])[exam.id]


@route(blp, "GET /kitchen/exams", needs="exam.read", query=ExamsQuery, returns=page_of(ExamSchema, "ExamPageSchema"))
def list_exams(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """审核单列表 Examinations, those changed last first."""
    page = Page(query.get("cursor"), query["limit"])
    which = {name: query.get(name) for name in ("state", "story", "step")}
    return queries.list_exams(call.session, call.actor, **which, page=page)


@route(blp, "GET /kitchen/exams/claims", needs="exam.read", returns=ClaimListSchema)
def list_claims(call: Read) -> dict[str, Any]:
    """可领取的步骤 The steps that are open now, and for each whether the one who asks may take it, or why not."""
    return {"items": claims.list_claims(call)}


@route(blp, f"GET {_EXAM}", needs="exam.read", returns=ProvenExamSchema)
def get_exam(call: Read, exam_id: str) -> dict[str, Any]:
    """一份审核单 One examination: who did what to which text, with the events that prove it."""
    exam = queries.access_exam(call.session, call.actor, exam_id)
    return queries.present_exams(call.session, [exam])[exam_id] | queries.prove(call.session, exam)


@command(blp, f"POST {_STEP}/claim", needs="exam.work", returns=ExamSchema, refuses=(412,))
def claim_step(call: Write, exam_id: str, step: str) -> dict[str, Any]:
    """领取 Take a step."""
    return _written(call, actions.claim_step(call.unit, exam_id, step, call.if_match))


@command(blp, f"POST {_STEP}/release", needs="exam.work", returns=ExamSchema, refuses=(412,))
def release_step(call: Write, exam_id: str, step: str) -> dict[str, Any]:
    """放回 Put one's own step back, undecided."""
    return _written(call, actions.release_step(call.unit, exam_id, step, call.if_match))


@command(blp, f"POST {_STEP}/reclaim", needs="story.take_over", body=ReasonForm, returns=ExamSchema, refuses=(412,))
def reclaim_step(call: Write, exam_id: str, step: str, form: dict[str, Any]) -> dict[str, Any]:
    """收回 Take a step from somebody who does not come to it."""
    return _written(call, actions.reclaim_step(call.unit, exam_id, step, form["reason"], call.if_match))


@command(blp, f"POST {_STEP}/fix", needs="exam.work", body=FixForm, returns=ExamSchema, refuses=(412, 423))
def fix_text(call: Write, exam_id: str, step: str, form: dict[str, Any]) -> dict[str, Any]:
    """改字 Correct a few characters in one's own step."""
    return _written(call, proofreading.fix_text(call.unit, exam_id, step, form, call.if_match))


@command(blp, f"POST {_STEP}/pass", needs="exam.work", body=PassForm, returns=ExamSchema, refuses=(412,))
def pass_step(call: Write, exam_id: str, step: str, form: dict[str, Any]) -> dict[str, Any]:
    """通过 Pass a step over the text that was read; the last one signs it."""
    return _written(call, actions.pass_step(call.unit, exam_id, step, form, call.if_match))


@command(blp, f"POST {_STEP}/return", needs="exam.work", body=ReturnForm, returns=ExamSchema, refuses=(412,))
def return_step(call: Write, exam_id: str, step: str, form: dict[str, Any]) -> dict[str, Any]:
    """退回 Send a text back to its editor with a category and the block it is about."""
    return _written(call, actions.return_step(call.unit, exam_id, step, form, call.if_match))


@command(blp, f"POST {_STEP}/reject", needs="exam.work", body=ReturnForm, returns=ExamSchema, refuses=(412,))
def reject_step(call: Write, exam_id: str, step: str, form: dict[str, Any]) -> dict[str, Any]:
    """不予通过 Refuse a text as a whole."""
    return _written(call, actions.reject_step(call.unit, exam_id, step, form, call.if_match))


@command(blp, f"POST {_EXAM}/opinions", needs="exam.invite", body=OpinionForm, returns=InvitationSchema, status=201)
def ask_expert(call: Write, exam_id: str, form: dict[str, Any]) -> Answer:
    """征求意见 Ask an expert outside; the link in the answer opens once and is shown only now."""
    opinion, token = opinions.ask(call.unit, exam_id, **form)
    url = f"/api/v1/opinions/{token}"
    body = {"id": opinion.id, "expert": opinion.expert, "expires_at": iso(opinion.expires_at), "url": url}
    return Answer(body, location=url)


@route(blp, "GET /opinions/<id:token>", needs="exam.answer", returns=QuestionSchema)
def read_question(call: Read, token: str) -> Answer:
    """专家意见 What an expert is asked, behind the link."""
    opinion = opinions.access_opinion(call.session, token, call.now)
    exam = call.session.get_one(Exam, opinion.exam_id)
    body = {
        "expert": opinion.expert,
        "question": opinion.question,
        "expires_at": iso(opinion.expires_at),
    } | queries.text_for_expert(call.session, exam)
    return Answer(body, headers={"Cache-Control": "private, no-store"})


@route(blp, "POST /opinions/<id:token>", needs="exam.answer", body=AnswerForm, returns=SilentSchema, status=204)
def answer_question(call: Write, token: str, form: dict[str, Any]) -> None:
    """提交意见 Answer; the link is used up."""
    opinions.answer(call.unit, token, form["text"])
