"""Asking for the board: as it is, as it was, and for the rows behind each of its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of
from backend.clock import iso
from backend.newsroom.board.models import Alarm
from backend.newsroom.editing.models import Story
from backend.oversight.board import rules
from backend.oversight.board.cards import TRACKED
from backend.oversight.board.fold import Card, State
from backend.oversight.board.models import BoardCard
from backend.oversight.board.past import Boards
from backend.oversight.board.view import View, reader_of, write_board, write_thing
from backend.policy import Actor


def read_board(session: Session, boards: Boards, actor: Actor, as_of_seq: int | None) -> dict[str, Any]:
    """Write the board as of an event, or of the last one.

    The texts of alarms are put to it: they are written once and never change.

    Raises:
        AppError: 422 `unknown` for an event that has not happened.
    """
    board = write_board(_view(session, boards, actor, as_of_seq))
    ids = [alarm["id"] for alarm in board["escalations"]]
    texts = dict(session.execute(sa.select(Alarm.id, Alarm.text).where(Alarm.id.in_(ids))).tuples().all())
    for alarm in board["escalations"]:
        alarm["text"] = texts.get(alarm["id"], "")
    return board


def _view(session: Session, boards: Boards, actor: Actor, as_of_seq: int | None) -> View:
    state: State = boards.present(session) if as_of_seq is None else boards.past(session, as_of_seq)
    return View(state, reader_of(actor))


def read_names(session: Session, board: Mapping[str, Any]) -> dict[str, str]:
    """Return what the people and stories on a board are called today, by id.

    A board of the past gets today's names too: a headline that was withdrawn must not come back with it.
    """
    ids = set(_ids(board))
    stories = session.execute(sa.select(Story.id, Story.headline).where(Story.id.in_(ids))).tuples().all()
    return names_of(session, list(ids)) | dict(stories)


def _ids(value: Any) -> Any:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)
    elif isinstance(value, str) and len(value) == len("00000000-0000-7000-8000-000000000000"):
        yield value


@dataclass(frozen=True)
class Wanted:
    """Which rows: of a kind, in a state; or, of what is not done with, by colour, holder or channel.

    Without a kind it is what is not done with, of all kinds. `colour` is red, amber, green, or `any`. `after` is the
    `next` of the page before.
    """

    kind: str | None = None
    state: str | None = None
    colour: str | None = None
    holder: str | None = None
    channel: str | None = None
    after: int = 0
    limit: int = 50


def list_rows(session: Session, boards: Boards, actor: Actor, as_of_seq: int | None, wanted: Wanted) -> dict[str, Any]:
    """List the things behind a number of the board, each with the event that its card came with, in their order.

    Raises:
        AppError: 422 `unknown` for an event that has not happened.
    """
    view = _view(session, boards, actor, as_of_seq)
    of_open = wanted.kind is None or wanted.colour or wanted.holder or wanted.channel
    rows = _open_rows(view, wanted) if of_open else _kept_rows(session, view, wanted)
    found = list(islice(rows, wanted.limit + 1))
    more, found = len(found) > wanted.limit, found[: wanted.limit]
    return {"as_of_seq": view.state.seq, "items": found, "next": found[-1]["seq"] if more else None}


def _open_rows(view: View, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield what is not done with, out of the fold."""
    cards = [
        (card["seq"], kind, thing_id, card)
        for kind in ([wanted.kind] if wanted.kind else TRACKED)
        for thing_id, card in view.open(kind)
        if card["seq"] > wanted.after and _matches(card, view.at, wanted)
    ]
    for _, kind, thing_id, card in sorted(cards, key=lambda each: each[0]):
        yield _row(view, kind, thing_id, card)


def _matches(card: Card, at: datetime, wanted: Wanted) -> bool:
    if wanted.colour not in {None, "any", rules.colour(card, at)}:
        return False
    if wanted.holder is not None and wanted.holder not in card.get("holders", []):
        return False
    return wanted.channel in {None, card.get("channel")} and wanted.state in {None, card["state"]}


def _kept_rows(session: Session, view: View, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield what stood in a state, from the table of cards; there may be years of it."""
    query = sa.select(BoardCard).where(
        BoardCard.kind == wanted.kind,
        BoardCard.from_seq > wanted.after,
        BoardCard.from_seq <= view.state.seq,
        sa.or_(BoardCard.until_seq.is_(None), BoardCard.until_seq > view.state.seq),
    )
    if wanted.state is not None:
        query = query.where(BoardCard.state == wanted.state)
    for row in session.scalars(query.order_by(BoardCard.from_seq).execution_options(yield_per=200)):
        card = {**row.card, "since": iso(row.since), "seq": row.from_seq}
        if view.sees(row.kind, row.thing_id, card):
            yield _row(view, row.kind, row.thing_id, card)


def _row(view: View, kind: str, thing_id: str, card: Card) -> dict[str, Any]:
    return write_thing(view, kind, thing_id, card) | {"story": card.get("story")}
