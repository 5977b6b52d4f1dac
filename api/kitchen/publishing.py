"""Channels, the queue of publications, and cases of correction and withdrawal."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.schemas import PageQuery, page_of
from backend.forms import Choice, Id
from backend.paging import Page
from backend.publishing import actions, cases, decisions, queries
from backend.publishing.rules import CASE, PUBLICATION
from backend.publishing.schemas import (
    CancelForm,
    CaseForm,
    CaseReasonForm,
    CaseSchema,
    ChannelListSchema,
    ChannelPatch,
    ChannelSchema,
    HaltForm,
    ProofForm,
    PublicationForm,
    PublicationSchema,
    PublicationsSchema,
    PublicCorrectionSchema,
    ResendForm,
    SampleSchema,
    SettleForm,
)

blp = blueprint("publishing", "刊播 Channels, publications, corrections and withdrawals")
_PUBLICATION = "/kitchen/publications/<id:publication_id>"
_CASE = "/kitchen/cases/<id:case_id>"


class PublicationsQuery(PageQuery):
    """Which publications."""

    story = Id()
    channel = Id()
    state = Choice(list(PUBLICATION.states))


class CasesQuery(PageQuery):
    """Which cases."""

    story = Id()
    kind = Choice(["correction", "withdrawal"])
    state = Choice(list(CASE.states))


@route(blp, "GET /kitchen/channels", needs="kitchen.read", returns=ChannelListSchema)
def list_channels(call: Read) -> Any:
    """渠道 All channels, how they are, and what waits for each."""
    return queries.list_channels(call.session)


@route(blp, "GET /kitchen/channels/<id:channel_id>", needs="kitchen.read", returns=ChannelSchema)
def get_channel(call: Read, channel_id: str) -> Any:
    """一个渠道 One channel."""
    return queries.access_channel(call.session, channel_id)


@command(
    blp,
    "PATCH /kitchen/channels/<id:channel_id>",
    needs="channel.set",
    body=ChannelPatch,
    returns=ChannelSchema,
    edits=True,
)
def set_channel(call: Write, channel_id: str, form: dict[str, Any]) -> Any:
    """渠道设置 Change a channel's name or rate."""
    actions.set_limits(call.unit, channel_id, form, call.if_match)
    return queries.access_channel(call.session, channel_id)


@command(blp, "POST /kitchen/halt", needs="channel.halt", body=HaltForm, returns=ChannelListSchema)
def halt_channels(call: Write, form: dict[str, Any]) -> Any:
    """停发 Stop channels, or all of them; what is queued stays queued."""
    actions.halt(call.unit, form.get("channels"), form["reason"])
    return queries.list_channels(call.session)


@command(blp, "POST /kitchen/resume", needs="channel.halt", body=HaltForm, returns=ChannelListSchema)
def resume_channels(call: Write, form: dict[str, Any]) -> Any:
    """恢复刊发 Let channels go on; what was queued goes out in its order."""
    actions.resume(call.unit, form.get("channels"), form["reason"])
    return queries.list_channels(call.session)


@route(
    blp,
    "GET /kitchen/publications",
    needs="story.read",
    query=PublicationsQuery,
    returns=page_of(PublicationSchema, "PublicationPage"),
)
def list_publications(call: Read, query: dict[str, Any]) -> Any:
    """刊播队列 Publications with their receipts, what moved last first."""
    page = Page(query.get("cursor"), query["limit"])
    names = ("story", "channel", "state")
    return queries.list_publications(call.session, call.actor, **{name: query.get(name) for name in names}, page=page)


@command(
    blp,
    "POST /kitchen/publications",
    needs="story.publish",
    body=PublicationForm,
    returns=PublicationsSchema,
    status=201,
)
def publish_package(call: Write, form: dict[str, Any]) -> Answer:
    """一键刊发 Publish a story in the app and on every channel that it has a cleared rendition for."""
    # The form stays as it came: after a deadlock this is done once more.
    story = form["story"]
    how = {name: value for name, value in form.items() if name != "story"}
    actions.publish_package(call.unit, story, **how)
    page = Page(None, 100)
    made = queries.list_publications(call.session, call.actor, story=story, channel=None, state=None, page=page)
    return Answer({"items": made["items"]}, location=f"/api/v1/kitchen/publications?story={story}")


@route(blp, f"GET {_PUBLICATION}", needs="story.read", returns=PublicationSchema)
def get_publication(call: Read, publication_id: str) -> Any:
    """一项刊播任务 One publication with its receipt."""
    return queries.access_publication(call.session, call.actor, publication_id)


@route(
    blp,
    f"GET {_PUBLICATION}/samples",
    needs="story.read",
    query=PageQuery,
    returns=page_of(SampleSchema, "SamplePage"),
)
def list_samples(call: Read, publication_id: str, query: dict[str, Any]) -> Any:
    """传播数据 What the channel said the counters of this post stood at."""
    return queries.list_samples(call.session, call.actor, publication_id, Page(query.get("cursor"), query["limit"]))


@command(blp, f"POST {_PUBLICATION}/resend", needs="publication.handle", body=ResendForm, returns=PublicationSchema)
def resend_publication(call: Write, publication_id: str, form: dict[str, Any]) -> Any:
    """重发 Send a publication again; nothing goes out twice unless it is forced, with a reason."""
    row = actions.resend(call.unit, publication_id, force=form.get("force", False), reason=form.get("reason"))
    return queries.access_publication(call.session, call.actor, row.id)


@command(blp, f"POST {_PUBLICATION}/settle", needs="publication.handle", body=SettleForm, returns=PublicationSchema)
def settle_publication(call: Write, publication_id: str, form: dict[str, Any]) -> Any:
    """人工查明 Say of an uncertain publication what was found on the channel: out, or not out."""
    actions.settle(call.unit, publication_id, out=form["out"], external_id=form.get("external_id"), told=form["told"])
    return queries.access_publication(call.session, call.actor, publication_id)


@command(blp, f"POST {_PUBLICATION}/cancel", needs="publication.handle", body=CancelForm, returns=PublicationSchema)
def cancel_publication(call: Write, publication_id: str, form: dict[str, Any]) -> Any:
    """取消 Take a publication out of the queue before it goes out."""
    actions.cancel(call.unit, publication_id, form["reason"])
    return queries.access_publication(call.session, call.actor, publication_id)


@route(blp, "GET /kitchen/cases", needs="story.read", query=CasesQuery, returns=page_of(CaseSchema, "CasePage"))
def list_cases(call: Read, query: dict[str, Any]) -> Any:
    """更正撤稿单 Corrections and withdrawals, what moved last first."""
    page = Page(query.get("cursor"), query["limit"])
    names = ("story", "kind", "state")
    return queries.list_cases(call.session, call.actor, **{name: query.get(name) for name in names}, page=page)


@command(blp, "POST /kitchen/cases", needs="case.handle", body=CaseForm, returns=CaseSchema, status=201)
def open_case(call: Write, form: dict[str, Any]) -> Answer:
    """立案 Open a correction, or take a story back everywhere, at once."""
    case = decisions.open_case(call.unit, form)
    body = queries.access_case(call.session, call.actor, case.id)
    return Answer(body, location=f"/api/v1/kitchen/cases/{case.id}")


@route(blp, f"GET {_CASE}", needs="story.read", returns=CaseSchema)
def get_case(call: Read, case_id: str) -> Any:
    """一份更正撤稿单 One case: each channel, what is done there, and how long it took."""
    return queries.access_case(call.session, call.actor, case_id)


@command(blp, f"POST {_CASE}/reason", needs="story.withdraw", body=CaseReasonForm, returns=CaseSchema)
def explain_case(call: Write, case_id: str, form: dict[str, Any]) -> Any:
    """补写理由 Give a withdrawal its reason afterwards."""
    cases.explain_case(call.unit, case_id, form["reason"])
    return queries.access_case(call.session, call.actor, case_id)


@command(blp, f"POST {_CASE}/dismiss", needs="case.handle", body=CaseReasonForm, returns=CaseSchema)
def dismiss_case(call: Write, case_id: str, form: dict[str, Any]) -> Any:
    """撤销立案 Close a case that turned out to be none, before a correction is drafted."""
    cases.dismiss_case(call.unit, case_id, form["reason"])
    return queries.access_case(call.session, call.actor, case_id)


@command(blp, f"POST {_CASE}/targets/<id:target_id>/prove", needs="case.prove", body=ProofForm, returns=CaseSchema)
def prove_target(call: Write, case_id: str, target_id: str, form: dict[str, Any]) -> Any:
    """上传处置凭证 Say what was done by hand on a channel, with a file that shows it."""
    cases.prove_target(call.unit, case_id, target_id, told=form["told"], proof=form.get("proof"))
    return queries.access_case(call.session, call.actor, case_id)


@route(
    blp,
    "GET /corrections",
    needs="public.read",
    query=PageQuery,
    returns=page_of(PublicCorrectionSchema, "PublicCorrectionPage"),
)
def list_corrections(call: Read, query: dict[str, Any]) -> Any:
    """更正公告 What the centre has corrected or taken back, for every reader."""
    return queries.list_public_corrections(call.session, Page(query.get("cursor"), query["limit"]))
