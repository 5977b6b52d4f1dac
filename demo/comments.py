"""Loading what residents say below the demo's articles: shown, waiting for a moderator, and one that was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from backend.community.comments import actions, moderation
from backend.community.identity.models import Identity
from backend.community.identity.rules import State
from backend.community.likes.actions import like
from backend.feed.models import Article
from backend.policy import Actor
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

As = Callable[[Actor, datetime], AbstractContextManager[None]]


def load_comments(
    unit: UnitOfWork, given: Mapping[str, Any], people: Mapping[str, Actor], articles: Mapping[str, str], as_: As
) -> None:
    """Load those who have proven who they are, and then what they say, each as long after its article as it says."""
    for row in given["identity"]:
        _vouch(unit, people[row["phone"]].id, row)
    said: dict[str, str] = {}
    for row in given["comment"]:
        article = articles[row["article"]]
        published_at = unit.session.get_one(Article, article).published_at
        at = min(published_at + timedelta(minutes=row["minutes"]), unit.now - timedelta(minutes=2))
        with as_(people[row["by"]], at):
            reply_to = said[row["answers"]] if "answers" in row else None
            comment = actions.post_comment(unit, article=article, text=row["text"], reply_to=reply_to)
        said[row.get("says", comment.id)] = comment.id
        with as_(people["monitor"], at + timedelta(minutes=1)):
            if "reason" in row:
                moderation.refuse_comment(unit, comment.id, reason=row["reason"])
            elif "state" not in row:
                moderation.show_comment(unit, comment.id)
        for phone in row.get("likes", ()):
            with as_(people[phone], at + timedelta(minutes=2)):
                like(unit, "comment", comment.id)


def _vouch(unit: UnitOfWork, account: str, row: Mapping[str, str]) -> None:
    """Write somebody of the demo down as verified, whose number nobody has."""
    identity = Identity(
        account_id=account,
        ver=1,
        state=State.VERIFIED,
        masked=row["masked"],
        alias=row["alias"],
        at=unit.now,
        verified_at=unit.now,
    )
    unit.session.add(identity)
    unit.session.flush()
    unit.place("identity", account, 1, {streams.user(account)})
