"""The newspaper: issues, their pages and slots, and the pages in print."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from flask import Response, current_app, request

from api.edge import Answer, Read, Write, blueprint, database, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.concurrency import offload
from backend.errors import AppError, Code
from backend.forms import Choice
from backend.media.store import MediaStore
from backend.paging import Page
from backend.publishing.newspaper import actions, aftermath, printing, queries
from backend.publishing.newspaper.contents import read_bench
from backend.publishing.newspaper.layout.model import PageModel
from backend.publishing.newspaper.models import PaperIssue
from backend.publishing.newspaper.press import Press
from backend.publishing.newspaper.rules import ISSUE, LAY_OUT, SIGN
from backend.publishing.newspaper.schemas import (
    IssueBriefSchema,
    IssueEditForm,
    IssueForm,
    IssueReasonForm,
    IssueSchema,
    MovingForm,
    PageModelSchema,
    PaperNoticeForm,
    PaperSlotsForm,
    PlacingForm,
    SlotMarkForm,
)

blp = blueprint("newspaper", "报纸 Newspaper: issues, pages, slots, and print")
_ISSUE = "/kitchen/issues/<id:issue_id>"
_PAGE = f"{_ISSUE}/pages/<int:page>"
_SLOT = f"{_PAGE}/slots/<int:slot>"
_PDF = "application/pdf"


class IssuesQuery(PageQuery):
    """Which issues."""

    state = Choice(list(ISSUE.states))


@route(
    blp,
    "GET /kitchen/issues",
    needs="kitchen.read",
    query=IssuesQuery,
    returns=page_of(IssueBriefSchema, "IssuePageSchema"),
)
def list_issues(call: Read, query: dict[str, Any]) -> Any:
    """报纸期次列表 Issues, those changed last first."""
    return queries.list_issues(call.session, state=query.get("state"), page=Page(query.get("cursor"), query["limit"]))


@command(blp, "POST /kitchen/issues", needs=LAY_OUT, body=IssueForm, returns=IssueSchema, status=201)
def create_issue(call: Write, form: dict[str, Any]) -> Answer:
    """新建一期报纸 Plan a day's newspaper with the pages and slots of a template."""
    row = actions.create_issue(call.unit, **form)
    return Answer(_written(call, row), location=f"/api/v1/kitchen/issues/{row.id}")


@route(blp, f"GET {_ISSUE}", needs="kitchen.read", returns=IssueSchema)
def get_issue(call: Read, issue_id: str) -> Any:
    """一期报纸 An issue: what stands in each slot, and how it fits."""
    body = queries.present_issue(call.session, queries.access_issue(call.session, issue_id))
    # The texts on its pages change without it: a browser that kept it would be told that its version is still the same.
    return Answer(body, headers={"Cache-Control": "no-store"})


@command(blp, f"PATCH {_ISSUE}", needs=LAY_OUT, body=IssueEditForm, returns=IssueSchema, edits=True)
def edit_issue(call: Write, issue_id: str, form: dict[str, Any]) -> Any:
    """修改期次 Change the press deadline, or who answers for the issue."""
    return _written(call, actions.edit_issue(call.unit, issue_id, form, call.if_match))


@command(blp, f"PUT {_PAGE}/slots", needs=LAY_OUT, body=PaperSlotsForm, returns=IssueSchema, edits=True)
def change_slots(call: Write, issue_id: str, page: int, form: dict[str, Any]) -> Any:
    """改版位 Lay a page out anew; what stands in a slot whose number stays, stays."""
    return _written(call, actions.change_slots(call.unit, issue_id, page, form["slots"], call.if_match))


@command(blp, f"POST {_SLOT}/place", needs=LAY_OUT, body=PlacingForm, returns=IssueSchema, edits=True)
def place_rendition(call: Write, issue_id: str, page: int, slot: int, form: dict[str, Any]) -> Any:
    """排稿 Put a page_slot rendition into a slot."""
    return _written(call, actions.place_rendition(call.unit, issue_id, page, slot, **form, if_match=call.if_match))


@command(blp, f"POST {_SLOT}/move", needs=LAY_OUT, body=MovingForm, returns=IssueSchema, edits=True)
def move_rendition(call: Write, issue_id: str, page: int, slot: int, form: dict[str, Any]) -> Any:
    """移动或对调 Move a story to another slot; what stands there comes here in exchange."""
    return _written(call, actions.move_rendition(call.unit, issue_id, page, slot, **form, if_match=call.if_match))


@command(blp, f"POST {_SLOT}/take-out", needs=LAY_OUT, returns=IssueSchema, edits=True)
def take_out(call: Write, issue_id: str, page: int, slot: int) -> Any:
    """撤下版位稿件 Empty a slot."""
    return _written(call, actions.take_out(call.unit, issue_id, page, slot, call.if_match))


@command(blp, f"POST {_SLOT}/mark", needs=LAY_OUT, body=SlotMarkForm, returns=IssueSchema, edits=True)
def mark_slot(call: Write, issue_id: str, page: int, slot: int, form: dict[str, Any]) -> Any:
    """标注版位 Say what a slot is for: a story, the house's own advertisement, or blank on purpose."""
    return _written(call, actions.mark_slot(call.unit, issue_id, page, slot, **form, if_match=call.if_match))


@command(blp, f"POST {_ISSUE}/notices", needs=LAY_OUT, body=PaperNoticeForm, returns=IssueSchema, edits=True)
def print_notice(call: Write, issue_id: str, form: dict[str, Any]) -> Any:
    """刊登更正启事 Put the notice that a case owes the paper's readers into this issue."""
    return _written(call, aftermath.print_notice(call.unit, issue_id, **form, if_match=call.if_match))


@command(blp, f"POST {_ISSUE}/proof", needs=LAY_OUT, returns=IssueSchema, edits=True)
def proof_issue(call: Write, issue_id: str) -> Any:
    """出大样 Pull the page proofs."""
    return _written(call, actions.proof_issue(call.unit, issue_id, call.if_match))


@command(blp, f"POST {_ISSUE}/reopen", needs=LAY_OUT, returns=IssueSchema, edits=True)
def reopen_issue(call: Write, issue_id: str) -> Any:
    """退回排版 Go back from the proofs to the layout."""
    return _written(call, actions.reopen_issue(call.unit, issue_id, call.if_match))


@command(blp, f"POST {_ISSUE}/sign", needs=SIGN, returns=IssueSchema, edits=True)
def sign_issue(call: Write, issue_id: str) -> Any:
    """签版 Sign the pages, as a duty chief who did not lay them out."""
    return _written(call, printing.sign_issue(call.unit, issue_id, call.if_match))


@command(blp, f"POST {_ISSUE}/recall", needs=SIGN, body=IssueReasonForm, returns=IssueSchema, edits=True)
def recall_issue(call: Write, issue_id: str, form: dict[str, Any]) -> Any:
    """撤回签版 Take the signature back before the paper goes to press."""
    return _written(call, printing.recall_issue(call.unit, issue_id, form["reason"], call.if_match))


@command(blp, f"POST {_ISSUE}/press", needs=LAY_OUT, returns=IssueSchema, edits=True)
def send_to_press(call: Write, issue_id: str) -> Any:
    """付印 Hand the signed pages to the printer."""
    return _written(call, printing.send_to_press(call.unit, issue_id, call.if_match))


@command(blp, f"POST {_ISSUE}/printed", needs=LAY_OUT, returns=IssueSchema, edits=True)
def note_printed(call: Write, issue_id: str) -> Any:
    """登记见报 Write down that the paper is printed; everything on its pages gets its receipt."""
    return _written(call, printing.note_printed(call.unit, issue_id, call.if_match))


@route(blp, f"GET {_PAGE}/layout", needs="kitchen.read", returns=PageModelSchema)
def get_layout(call: Read, issue_id: str, page: int) -> Any:
    """版面模型 A page as it is set: every line with its place."""
    return queries.read_layout(call.session, issue_id, page)


@route(
    blp,
    "GET /kitchen/renditions/<id:rendition_id>/slot",
    needs="story.read",
    returns=PageModelSchema,
)
def get_slot_proof(call: Read, rendition_id: str) -> Any:
    """版位小样 A text as it is set in its slot; `name` says which one, and is empty before it has one."""
    return queries.read_slot_proof(call.session, call.actor, rendition_id)


@route(blp, f"GET {_ISSUE}/pages/<int:page>.pdf", needs="kitchen.read", sends=[_PDF], refuses=(404, 503), bare=True)
def get_page_pdf(issue_id: str, page: int) -> Response:
    """版面 PDF One page for print."""
    return _pdf(issue_id, page)


@route(blp, f"GET {_ISSUE}/paper.pdf", needs="kitchen.read", sends=[_PDF], refuses=(404, 503), bare=True)
def get_paper_pdf(issue_id: str) -> Response:
    """整期 PDF All pages for print."""
    return _pdf(issue_id, None)


def _pdf(issue_id: str, page: int | None) -> Response:
    with database().reading() as session:
        issue = queries.access_issue(session, issue_id)
        bench = read_bench(session, issue)
        models = [queries.model_of(bench, page)] if page is not None else queries.models_of(bench)
        pictures = queries.pictures_of(session, models)
        name = f"{issue.date}-A{page:02}" if page is not None else issue.date
    tag = hashlib.sha256("".join(model.hash for model in models).encode()).hexdigest()
    # A page takes seconds to print, so whoever has it is told so before.
    known = request.if_none_match.contains(tag)
    response = Response(b"" if known else _print(name, models, pictures), content_type=_PDF)
    response.set_etag(tag)
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request, accept_ranges=True, complete_length=response.content_length)
    return response


def _print(name: str, models: Sequence[PageModel], pictures: dict[str, str]) -> bytes:
    store = cast("MediaStore", current_app.extensions["media_store"])
    paths = {media_id: store.path(sha256) for media_id, sha256 in pictures.items()}
    data = {media_id: path.read_bytes() for media_id, path in paths.items() if path.is_file()}
    return offload(press().print_pages, name, models, data)


def press() -> Press:
    """Return the application's press; the composition root brings it."""
    found = current_app.extensions.get("press")
    if found is None:
        raise AppError(Code.UNAVAILABLE, 503, "这台服务器没有接上版面输出。")
    return cast("Press", found)


def _written(call: Write, row: PaperIssue) -> dict[str, Any]:
    return queries.present_issue(call.session, row)
