"""Interview: assignments and material."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Form, Id, Text
from backend.media.rules import Kind
from backend.newsroom.interview import actions, queries
from backend.newsroom.interview.candidates import list_candidates as list_reporters_on_duty
from backend.newsroom.interview.models import Assignment, Material
from backend.newsroom.interview.rules import ASSIGNMENT, MATERIAL
from backend.newsroom.interview.schemas import (
    AssignmentEditForm,
    AssignmentForm,
    AssignmentSchema,
    FilingForm,
    InterviewReasonForm,
    MaterialConsentForm,
    MaterialEditForm,
    MaterialForm,
    MaterialLinkForm,
    MaterialSchema,
    ReassignForm,
    ReporterCandidateSchema,
)
from backend.paging import Page

blp = blueprint("interview", "采访 Interview: assignments and material")
_ASSIGNMENT = "/kitchen/assignments/<id:assignment_id>"
_MATERIAL = "/kitchen/materials/<id:material_id>"


class AssignmentsQuery(PageQuery):
    """Which assignments."""

    state = Choice(list(ASSIGNMENT.states))
    topic = Id()
    mine = Choice(["true", "false"])
    overdue = Choice(["true", "false"])


class CandidatesQuery(Form):
    """For which kind of work, and for which topic."""

    kind = Text(at_most=12)
    topic = Id()


class MaterialsQuery(PageQuery):
    """Which materials."""

    state = Choice(list(MATERIAL.states))
    kind = Choice([str(kind) for kind in Kind])
    assignment = Id()
    sha256 = Text(at_most=64)
    mine = Choice(["true", "false"])


# ── assignments ──


@route(
    blp,
    "GET /kitchen/assignments",
    needs="kitchen.read",
    query=AssignmentsQuery,
    returns=page_of(AssignmentSchema, "AssignmentPageSchema"),
)
def list_assignments(call: Read, query: dict[str, Any]) -> Any:
    """采访任务列表 Assignments, those changed last first."""
    return queries.list_assignments(
        call.session,
        call.actor,
        call.now,
        state=query.get("state"),
        topic=query.get("topic"),
        mine=query.get("mine") == "true",
        overdue=query.get("overdue") == "true",
        page=Page(query.get("cursor"), query["limit"]),
    )


@command(
    blp,
    "POST /kitchen/assignments",
    needs="assignment.dispatch",
    body=AssignmentForm,
    returns=AssignmentSchema,
    status=201,
)
def create_assignment(call: Write, form: dict[str, Any]) -> Answer:
    """拟派采访任务 Draft an assignment for a line of a dispatched topic."""
    row = actions.create_assignment(call.unit, form)
    return Answer(_written(call, row), location=f"/api/v1/kitchen/assignments/{row.id}")


@route(
    blp,
    "GET /kitchen/candidates",
    needs="assignment.dispatch",
    query=CandidatesQuery,
    returns=ReporterCandidateSchema,
    many=True,
)
def list_candidates(call: Read, query: dict[str, Any]) -> Any:
    """可派记者 Reporters on duty in the order in which they are asked, with what each has in hand."""
    return list_reporters_on_duty(call.session, call.now, kind=query.get("kind"), topic=query.get("topic"))


@route(blp, f"GET {_ASSIGNMENT}", needs="kitchen.read", returns=AssignmentSchema)
def get_assignment(call: Read, assignment_id: str) -> Any:
    """一项采访任务 One assignment."""
    row = queries.access_assignment(call.session, assignment_id)
    return queries.present_assignments(call.session, [row], call.now)[row.id]


@command(
    blp,
    f"PATCH {_ASSIGNMENT}",
    needs="assignment.dispatch",
    body=AssignmentEditForm,
    returns=AssignmentSchema,
    edits=True,
)
def edit_assignment(call: Write, assignment_id: str, form: dict[str, Any]) -> Any:
    """修改采访任务 Change where, when and how; who is sent only before it is dispatched."""
    return _written(call, actions.edit_assignment(call.unit, assignment_id, form, call.if_match))


@command(blp, f"POST {_ASSIGNMENT}/dispatch", needs="assignment.dispatch", returns=AssignmentSchema, refuses=(412,))
def dispatch_assignment(call: Write, assignment_id: str) -> Any:
    """派发任务 Send the reporters; without any, the one on duty with the least in hand is asked."""
    return _written(call, actions.dispatch_assignment(call.unit, assignment_id, call.if_match))


@command(blp, f"POST {_ASSIGNMENT}/accept", needs="assignment.work", returns=AssignmentSchema, refuses=(412,))
def accept_assignment(call: Write, assignment_id: str) -> Any:
    """接受任务 Accept, as one of those who are sent."""
    return _written(call, actions.accept_assignment(call.unit, assignment_id, call.if_match))


@command(
    blp,
    f"POST {_ASSIGNMENT}/decline",
    needs="assignment.work",
    body=InterviewReasonForm,
    returns=AssignmentSchema,
    refuses=(412,),
)
def decline_assignment(call: Write, assignment_id: str, form: dict[str, Any]) -> Any:
    """谢绝任务 Decline with a reason; the next reporter on duty is asked."""
    return _written(call, actions.decline_assignment(call.unit, assignment_id, form["reason"], call.if_match))


@command(blp, f"POST {_ASSIGNMENT}/on-site", needs="assignment.work", returns=AssignmentSchema, refuses=(412,))
def arrive_on_site(call: Write, assignment_id: str) -> Any:
    """报到场 Say that one has arrived."""
    return _written(call, actions.arrive_on_site(call.unit, assignment_id, call.if_match))


@command(
    blp,
    f"POST {_ASSIGNMENT}/file",
    needs="assignment.work",
    body=FilingForm,
    returns=AssignmentSchema,
    refuses=(412,),
)
def file_assignment(call: Write, assignment_id: str, form: dict[str, Any]) -> Any:
    """交稿 Hand in material or a story."""
    return _written(call, actions.file_assignment(call.unit, assignment_id, if_match=call.if_match, **form))


@command(blp, f"POST {_ASSIGNMENT}/done", needs="assignment.dispatch", returns=AssignmentSchema, refuses=(412,))
def finish_assignment(call: Write, assignment_id: str) -> Any:
    """办结任务 Decide that the assignment is done."""
    return _written(call, actions.finish_assignment(call.unit, assignment_id, call.if_match))


@command(
    blp,
    f"POST {_ASSIGNMENT}/reassign",
    needs="assignment.dispatch",
    body=ReassignForm,
    returns=AssignmentSchema,
    refuses=(412,),
)
def reassign_assignment(call: Write, assignment_id: str, form: dict[str, Any]) -> Any:
    """改派 Send another reporter; the old assignment is kept, and names its successor."""
    row = actions.reassign_assignment(call.unit, assignment_id, form["reporter"], form["reason"], call.if_match)
    return _written(call, row)


@command(
    blp,
    f"POST {_ASSIGNMENT}/cancel",
    needs="assignment.dispatch",
    body=InterviewReasonForm,
    returns=AssignmentSchema,
    refuses=(412,),
)
def cancel_assignment(call: Write, assignment_id: str, form: dict[str, Any]) -> Any:
    """取消任务 Call an assignment off."""
    return _written(call, actions.cancel_assignment(call.unit, assignment_id, form["reason"], call.if_match))


# ── materials ──


@route(
    blp,
    "GET /kitchen/materials",
    needs="kitchen.read",
    query=MaterialsQuery,
    returns=page_of(MaterialSchema, "MaterialPageSchema"),
)
def list_materials(call: Read, query: dict[str, Any]) -> Any:
    """素材列表 Materials, those changed last first."""
    return queries.list_materials(
        call.session,
        call.actor,
        call.now,
        state=query.get("state"),
        kind=query.get("kind"),
        assignment=query.get("assignment"),
        sha256=query.get("sha256"),
        mine=query.get("mine") == "true",
        page=Page(query.get("cursor"), query["limit"]),
    )


@command(blp, "POST /kitchen/materials", needs="material.enter", body=MaterialForm, returns=MaterialSchema, status=201)
def enter_material(call: Write, form: dict[str, Any]) -> Answer:
    """登记素材 Enter an uploaded file as a material."""
    row = actions.enter_material(call.unit, **form)
    return Answer(_shown(call, row), location=f"/api/v1/kitchen/materials/{row.id}")


@route(blp, f"GET {_MATERIAL}", needs="kitchen.read", returns=MaterialSchema)
def get_material(call: Read, material_id: str) -> Any:
    """一份素材 One material."""
    row = queries.access_material(call.session, material_id)
    return queries.present_materials(call.session, [row], call.actor, call.now)[row.id]


@command(blp, f"PATCH {_MATERIAL}", needs="material.enter", body=MaterialEditForm, returns=MaterialSchema, edits=True)
def edit_material(call: Write, material_id: str, form: dict[str, Any]) -> Any:
    """修改素材 Change a material; with other rights a usable one awaits approval again."""
    return _shown(call, actions.edit_material(call.unit, material_id, form, call.if_match))


@command(blp, f"POST {_MATERIAL}/check", needs="material.check", returns=MaterialSchema, refuses=(412,))
def check_material(call: Write, material_id: str) -> Any:
    """技审通过 Say that a file is technically sound."""
    return _shown(call, actions.check_material(call.unit, material_id, call.if_match))


@command(blp, f"POST {_MATERIAL}/approve", needs="material.check", returns=MaterialSchema, refuses=(412,))
def approve_material(call: Write, material_id: str) -> Any:
    """放行素材 Make a material usable."""
    return _shown(call, actions.approve_material(call.unit, material_id, call.if_match))


@command(
    blp,
    f"POST {_MATERIAL}/restrict",
    needs="material.check",
    body=InterviewReasonForm,
    returns=MaterialSchema,
    refuses=(412,),
)
def restrict_material(call: Write, material_id: str, form: dict[str, Any]) -> Any:
    """限用素材 Keep a material out of every story."""
    return _shown(call, actions.restrict_material(call.unit, material_id, form["reason"], call.if_match))


@command(
    blp,
    f"POST {_MATERIAL}/reject",
    needs="material.check",
    body=InterviewReasonForm,
    returns=MaterialSchema,
    refuses=(412,),
)
def reject_material(call: Write, material_id: str, form: dict[str, Any]) -> Any:
    """弃用素材 Turn a material down for good."""
    return _shown(call, actions.reject_material(call.unit, material_id, form["reason"], call.if_match))


@command(
    blp,
    f"POST {_MATERIAL}/consent",
    needs="material.enter",
    body=MaterialConsentForm,
    returns=MaterialSchema,
    refuses=(412,),
)
def note_consent(call: Write, material_id: str, form: dict[str, Any]) -> Any:
    """登记同意 Note that those whom it shows, or their guardians, have agreed."""
    return _shown(call, actions.note_consent(call.unit, material_id, form, call.if_match))


@command(
    blp,
    f"POST {_MATERIAL}/assignments",
    needs="material.enter",
    body=MaterialLinkForm,
    returns=MaterialSchema,
    refuses=(412,),
)
def link_material(call: Write, material_id: str, form: dict[str, Any]) -> Any:
    """关联任务 Link a material with one more assignment."""
    return _shown(call, actions.link_material(call.unit, material_id, form["assignment"], call.if_match))


def _written(call: Write, row: Assignment) -> dict[str, Any]:
    return queries.present_assignments(call.session, [row], call.unit.now)[row.id]


def _shown(call: Write, row: Material) -> dict[str, Any]:
    return queries.present_materials(call.session, [row], call.actor, call.unit.now)[row.id]
