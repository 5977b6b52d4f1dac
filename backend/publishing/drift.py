"""The alarm that readers see other words than those that were signed, or none at all."""

from __future__ import annotations

import sqlalchemy as sa

from backend.accounts.queries import names_of
from backend.newsroom.board.actions import raise_alarm
from backend.newsroom.board.models import Alarm
from backend.policy import Role
from backend.publishing.models import Publication, PublishingChannel
from backend.unit_of_work import UnitOfWork

DRIFT, GONE = "publication_drift", "publication_gone"
_TO = (Role.CHANNEL_OPERATOR, Role.DUTY_EDITOR, Role.CHIEF_EDITOR, Role.MONITOR)
_STEP_NAMES = {"1m": "1 分钟", "10m": "10 分钟", "1h": "1 小时", "24h": "24 小时"}
# Addresses that are longer are not shown in full anyway; the one in the house is enough then.
_LINK_CHARS = 120


def report_drift(
    unit: UnitOfWork,
    row: Publication,
    *,
    gone: bool = False,
    shown: str | None,
    signer: str | None,
    step: str | None = None,
) -> None:
    """Raise the alarm, unless one about this post still stands.

    Args:
        unit: the unit of work.
        row: the post.
        gone: readers see nothing at all.
        shown: the hash of what is shown.
        signer: who signed its words.
        step: the watch that found it; None for the look at the receipt.
    """
    kind = GONE if gone else DRIFT
    standing = sa.exists().where(Alarm.kind == kind, Alarm.about_id == row.id, Alarm.state == "raised")
    if unit.session.scalar(sa.select(standing)):
        return
    channel = unit.session.get_one(PublishingChannel, row.channel_id)
    name = names_of(unit.session, [signer]).get(signer or "", "不详")
    when = f"回执后 {_STEP_NAMES[step]}复读：" if step else ""
    what = "读者已看不到" if gone else "的文字与签发稿不一致"
    hashes = f"签发哈希 {_signed(row)[:12]}" + (f"，现读哈希 {shown[:12]}" if shown else "")
    link = row.url if row.url and len(row.url) <= _LINK_CHARS else f"/api/v1/kitchen/publications/{row.id}"
    raise_alarm(
        unit,
        key=f"{kind}:{row.id}:{step or (shown or '')[:16]}",
        kind=kind,
        about=("publication", row.id),
        to=_TO,
        text=f"{when}《{row.headline[:60]}》在{channel.name}上{what}。签发人 {name}，{hashes}。{link}",
    )


def _signed(row: Publication) -> str:
    return str(row.evidence.get("signed") or row.hash)
