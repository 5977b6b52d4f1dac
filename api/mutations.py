"""A phone's outbox over HTTP: what it may ask for, each entry in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g
from marshmallow import Schema, ValidationError

from api.bookmarks import TITLES
from api.edge import again_if_asked, blueprint, database, route
from backend import policy
from backend.accounts.actions import edit_me
from backend.accounts.schemas import MeForm
from backend.community.comments import actions as comments
from backend.community.comments.schemas import CommentForm, CommentIdForm
from backend.community.gatherings import signing_up
from backend.community.gatherings.schemas import SignOffForm, SignUpForm
from backend.community.likes import actions as likes
from backend.community.likes.schemas import LikeSetForm
from backend.community.polls import actions as polls
from backend.community.polls.schemas import VoteForm
from backend.community.tips import actions as tips
from backend.community.tips.schemas import TipForm, TipMessageForm
from backend.errors import AppError, Code
from backend.feed.live.entries import write_entry
from backend.feed.live.schemas import OutboxLiveEntryForm
from backend.form_errors import refusal
from backend.forms import Id
from backend.inbox.actions import edit_preferences, read_bells
from backend.inbox.bookmarks.actions import set_bookmark
from backend.inbox.bookmarks.schemas import BookmarkForm
from backend.inbox.schemas import PreferenceForm, ReadForm
from backend.requests import actions as requests
from backend.requests.schemas import ConfirmForm, MessageForm, RatingForm, ReopenForm, RequestForm
from backend.sync import mutations
from backend.sync.schemas import AnswerSchema, MutationsForm
from backend.unit_of_work import UnitOfWork

blp = blueprint("mutations", "离线操作 Outbox")


@dataclass(frozen=True, slots=True)
class Mutation:
    """What a phone may ask for in its outbox. `run` returns the id of the thing it made or changed."""

    needs: str
    form: type[Schema]
    run: Callable[[UnitOfWork, dict[str, Any]], str]


def _request_args(form: type[Schema]) -> type[Schema]:
    return type(f"Outbox{form.__name__}", (form,), {"id": Id(required=True)})


def _on_request(action: Callable[..., Any]) -> Callable[[UnitOfWork, dict[str, Any]], str]:
    def run(unit: UnitOfWork, args: dict[str, Any]) -> str:
        request_id = args.pop("id")
        action(unit, request_id, **args)
        return str(request_id)

    return run


def _read(unit: UnitOfWork, args: dict[str, Any]) -> str:
    read_bells(unit, args.get("ids"))
    return unit.actor.id


def _post(unit: UnitOfWork, args: dict[str, Any]) -> str:
    return comments.post_comment(unit, **args).id


def _delete(unit: UnitOfWork, args: dict[str, Any]) -> str:
    comments.erase_comment(unit, args["id"])
    return str(args["id"])


def _set_like(unit: UnitOfWork, args: dict[str, Any]) -> str:
    change = likes.like if args["liked"] else likes.unlike
    change(unit, args["kind"], args["id"])
    return str(args["id"])


MUTATIONS: dict[str, Mutation] = {
    "request.file": Mutation(
        "request.file", RequestForm, lambda unit, args: str(requests.file_request(unit, **args).id)
    ),
    "request.message": Mutation("request.answer_own", _request_args(MessageForm), _on_request(requests.send_message)),
    "request.confirm": Mutation("request.answer_own", _request_args(ConfirmForm), _on_request(requests.confirm)),
    "request.rate": Mutation("request.answer_own", _request_args(RatingForm), _on_request(requests.rate)),
    "request.reopen": Mutation("request.answer_own", _request_args(ReopenForm), _on_request(requests.reopen)),
    "comment.post": Mutation("comment.write", CommentForm, _post),
    "comment.delete": Mutation("comment.write", CommentIdForm, _delete),
    "like.set": Mutation("like.set", LikeSetForm, _set_like),
    "tip.file": Mutation("tip.file", TipForm, lambda unit, args: tips.file_tip(unit, **args).id),
    "tip.message": Mutation("tip.answer_own", _request_args(TipMessageForm), _on_request(tips.send_message)),
    "poll.vote": Mutation("poll.vote", _request_args(VoteForm), _on_request(polls.vote)),
    "gathering.sign_up": Mutation("gathering.sign_up", _request_args(SignUpForm), _on_request(signing_up.sign_up)),
    "gathering.cancel": Mutation("gathering.sign_up", _request_args(SignOffForm), _on_request(signing_up.sign_off)),
    "live_entry.write": Mutation(
        "live.write", OutboxLiveEntryForm, lambda unit, args: write_entry(unit, args.pop("live"), **args).id
    ),
    "inbox.read": Mutation("inbox.read", ReadForm, _read),
    "me.prefer": Mutation("me.edit", PreferenceForm, lambda unit, args: edit_preferences(unit, args, None).account_id),
    "bookmark.set": Mutation("me.edit", BookmarkForm, lambda unit, args: set_bookmark(unit, TITLES, **args)),
    "me.edit": Mutation("me.edit", MeForm, lambda unit, args: edit_me(unit, args).id),
}


@route(blp, "POST /sync/mutations", needs="sync.mutate", body=MutationsForm, returns=AnswerSchema, bare=True, many=True)
def apply_mutations(form: dict[str, Any]) -> list[dict[str, Any]]:
    """提交离线操作 Apply an outbox; each entry once, however often it is sent."""
    return [_apply(form["client_id"], entry) for entry in form["mutations"]]


def _apply(client_id: str, entry: dict[str, Any]) -> dict[str, Any]:
    return again_if_asked(lambda: _apply_once(client_id, entry))


def _apply_once(client_id: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Apply one mutation, or write down that it is refused; both move the phone's counter on."""
    try:
        with database().unit(g.actor, command_id=g.request_id) as unit:
            if known := mutations.demand_next(unit, client_id, entry["mid"]):
                return known
            answer = {"mid": entry["mid"], "status": "applied", "id": _run(unit, entry)}
            mutations.store_answer(unit, client_id, answer)
        return answer
    except AppError as refused:
        if refused.code is Code.MID_GAP:
            raise
        return _refuse(client_id, entry["mid"], refused)


def _run(unit: UnitOfWork, entry: dict[str, Any]) -> str:
    mutation = MUTATIONS.get(entry["name"])
    if mutation is None:
        raise AppError(Code.UNKNOWN_MUTATION, 422, "这个版本的服务还不认识这项操作。")
    policy.demand(unit.actor, mutation.needs)
    try:
        args = mutation.form().load(entry["args"])
    except ValidationError as error:
        raise refusal(error) from None
    return mutation.run(unit, dict(args))


def _refuse(client_id: str, mid: int, refused: AppError) -> dict[str, Any]:
    answer = {"mid": mid, "status": "refused", "code": str(refused.code), "problem": refused.as_problem()}
    with database().unit(g.actor, command_id=g.request_id) as unit:
        if known := mutations.demand_next(unit, client_id, mid):
            return known
        mutations.store_answer(unit, client_id, answer)
    return answer
