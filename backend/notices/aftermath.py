"""What happens to notices by itself: their time runs out, and a service they point to changes."""

from __future__ import annotations

import sqlalchemy as sa

from backend.events.models import Event
from backend.jobs.worker import JobRun
from backend.notices.models import Notice, NoticeService
from backend.notices.rules import State, has_ended
from backend.notices.steps import close
from backend.unit_of_work import UnitOfWork


def expire_notice(run: JobRun) -> None:
    """End a notice whose period is over by the house's clock; a correction may have given it more time meanwhile."""
    with run.unit() as unit:
        notice = unit.session.get_one(Notice, run.args["id"], with_for_update=True)
        if notice.state == State.PUBLISHED and has_ended(notice.effective_to, unit.now):
            notice.state = State.EXPIRED
            notice.correction = notice.explanation_draft = None
            close(unit, notice, "notice.expired")


def refresh_services(unit: UnitOfWork, event: Event) -> None:
    """Show anew the notices that carry a service, as it was published anew or withdrawn (hook for `catalogue.`)."""
    carried = sa.select(NoticeService.notice_id).where(NoticeService.item_id == event.entity_id)
    query = sa.select(Notice).where(Notice.id.in_(carried)).order_by(Notice.id).with_for_update()
    for notice in unit.session.scalars(query).all():
        close(unit, notice, "notice.refreshed", item=event.entity_id)
