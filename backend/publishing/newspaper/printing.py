"""From the signature to the printed paper: signing, recalling, going to press, and the receipts."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from backend.media.actions import show
from backend.newsroom.board.actions import clear_alarms
from backend.newsroom.editing.models import Rendition
from backend.newsroom.editing.packages.rows import facts_of, lock_rendition
from backend.newsroom.editing.packages.rules import LIVE, OWN_EXAMINATION, RenditionFacts
from backend.newsroom.roster import persons_of
from backend.publishing.channel import CREATE
from backend.publishing.models import Publication
from backend.publishing.newspaper import rules
from backend.publishing.newspaper.actions import hashes, standing
from backend.publishing.newspaper.contents import Bench, content_of, pages_of, read_bench
from backend.publishing.newspaper.deadline import NEAR_ALARM
from backend.publishing.newspaper.models import PaperIssue, PaperSlot
from backend.publishing.newspaper.rules import CHANNEL, PaperFacts, demand, label
from backend.publishing.newspaper.steps import access, changed
from backend.publishing.receipts import ensure_publication, give_receipt, note_placed, pull
from backend.unit_of_work import UnitOfWork

_GONE = frozenset({"cancelled", "failed", "withdrawn"})
_WAITING = ("held", "queued", "sent")
PULLED = "issue_pulled"


def sign_issue(unit: UnitOfWork, issue_id: str, if_match: int | None = None) -> PaperIssue:
    """Sign the pages, as a duty chief who did not lay them out. What they say is kept from now on.

    Raises:
        AppError: 409 with the slots that are empty, run over, or whose text was not signed and cleared.
    """
    bench = _lock(unit, issue_id, if_match)
    issue = bench.issue
    facts = standing(bench)
    issue.state = demand(
        "sign",
        issue.state,
        PaperFacts(
            unfilled=facts.unfilled,
            overset=facts.overset,
            uncleared=tuple(_uncleared(unit, bench)),
            signer_laid_out=_laid_out(unit, issue),
        ),
    )
    for slot, name, external in _placed(bench):
        del name
        slot.content = content_of(bench, slot)
        slot.publication_id = _publication(unit, bench, slot, external).id
    issue.signed_by, issue.signed_at, issue.reason = unit.actor.id, unit.now, None
    for kind in (NEAR_ALARM, PULLED):
        clear_alarms(unit, kind, issue.id)
    return changed(unit, issue, "signed", pages=hashes(bench))


def recall_issue(unit: UnitOfWork, issue_id: str, reason: str, if_match: int | None = None) -> PaperIssue:
    """Take the signature back before the paper goes to press; what was queued for it is called off."""
    bench = _lock(unit, issue_id, if_match)
    issue = bench.issue
    issue.state = demand("recall", issue.state, PaperFacts())
    unsign(unit, bench, reason)
    issue.reason = reason
    return changed(unit, issue, "recalled")


def unsign(unit: UnitOfWork, bench: Bench, why: str) -> None:
    """Undo what a signature did: texts may change again, and nothing is queued."""
    bench.issue.signed_by = bench.issue.signed_at = None
    for slot in bench.slots:
        call_off(unit, slot, why)


def call_off(unit: UnitOfWork, slot: PaperSlot, why: str) -> None:
    """Take back the publication of a slot, and let its text change again."""
    slot.content = None
    if slot.publication_id is not None:
        pull(unit, unit.session.get_one(Publication, slot.publication_id, with_for_update=True), why)
        slot.publication_id = None


def send_to_press(unit: UnitOfWork, issue_id: str, if_match: int | None = None) -> PaperIssue:
    """Hand the pages to the printer; every text must still be the one that was signed."""
    bench = _lock(unit, issue_id, if_match)
    issue = bench.issue
    issue.state = demand("press", issue.state, PaperFacts(uncleared=tuple(_uncleared(unit, bench))))
    return changed(unit, issue, "sent_to_press", pages=hashes(bench))


def note_printed(unit: UnitOfWork, issue_id: str, if_match: int | None = None) -> PaperIssue:
    """Write down that the paper is printed: its pages are kept as they are, and everything on them gets its receipt."""
    bench = _lock(unit, issue_id, if_match)
    issue = bench.issue
    issue.state = demand("printed", issue.state, PaperFacts())
    issue.printed_at = unit.now
    models = {model.number: model for model in pages_of(bench)}
    for page in bench.pages:
        page.model, page.hash = models[page.number].as_json(), models[page.number].hash
    changed(unit, issue, "printed", pages={str(page.number): page.hash for page in bench.pages})
    by_id = {page.id: page for page in bench.pages}
    for slot, _, external in _placed(bench):
        page = by_id[slot.page_id]
        publication = unit.session.get_one(Publication, slot.publication_id, with_for_update=True)
        give_receipt(
            unit,
            publication,
            external_id=external,
            url=rules.page_url(issue.date, page.number),
            evidence={"page_hash": page.hash, "issue": issue.id},
        )
    show_pictures(unit, issue, bench.slots)
    for slot in bench.slots:
        if slot.target_id is not None:
            unit.record("issue.notice_printed", issue.id, issue.ver, target=slot.target_id)
    return issue


def show_pictures(unit: UnitOfWork, issue: PaperIssue, slots: Sequence[PaperSlot]) -> None:
    """Let everybody see the pictures of a printed issue, but for those of stories that were withdrawn."""
    pictures = {slot.picture for slot in slots if slot.picture is not None and slot.withdrawn_at is None}
    show(unit, "paper_issue", issue.id, pictures)


def _lock(unit: UnitOfWork, issue_id: str, if_match: int | None) -> Bench:
    """Lock an issue after the stories on its pages, and read it."""
    # Stories are locked before issues everywhere. Should one be placed in between, the version says so.
    issue = unit.session.get(PaperIssue, issue_id)
    if issue is not None:
        for rendition_id in sorted(each for each in read_bench(unit.session, issue).renditions):
            lock_rendition(unit, rendition_id)
    return read_bench(unit.session, access(unit, issue_id, if_match))


def _laid_out(unit: UnitOfWork, issue: PaperIssue) -> bool:
    persons = persons_of(unit.session, {*issue.laid_out_by, unit.actor.id})
    return persons[unit.actor.id] in {persons[account] for account in issue.laid_out_by}


def _uncleared(unit: UnitOfWork, bench: Bench) -> list[str]:
    """List the slots whose text may not be printed: not cleared, or not the one that the pages were signed with."""
    return sorted(name for slot, name, _ in _placed(bench) if not _is_cleared(unit, bench, slot))


def _is_cleared(unit: UnitOfWork, bench: Bench, slot: PaperSlot) -> bool:
    row = bench.renditions[str(slot.rendition_id)]
    facts = facts_of(unit, bench.stories[str(slot.story_id)], row)
    kept = slot.content is None or slot.content["text_hash"] == row.text_hash
    return kept and (facts.cleared or row.state == LIVE) and _is_examined(facts)


def _is_examined(facts: RenditionFacts) -> bool:
    return facts.is_current and facts.master_signed and facts.master_stands and OWN_EXAMINATION.holds(facts)


def _publication(unit: UnitOfWork, bench: Bench, slot: PaperSlot, external: str) -> Publication:
    rendition = bench.renditions[str(slot.rendition_id)]
    row = _waiting(unit, rendition) or ensure_publication(unit, rendition, CHANNEL)
    if row.state in _GONE:
        # It was called off before, with a recall or a withdrawal that was taken back: it is said again on purpose.
        row = ensure_publication(unit, rendition, CHANNEL, extra=f"{bench.issue.id}:{bench.issue.ver}")
    return note_placed(unit, row, external)


def _waiting(unit: UnitOfWork, rendition: Rendition) -> Publication | None:
    """Return what waits for a page already: somebody queued it, or a correction did."""
    query = sa.select(Publication).where(
        Publication.channel_id == CHANNEL,
        Publication.rendition_id == rendition.id,
        Publication.hash == rendition.text_hash,
        Publication.action == CREATE,
        Publication.state.in_(_WAITING),
    )
    return unit.session.scalars(query.order_by(Publication.number).limit(1).with_for_update()).one_or_none()


def _placed(bench: Bench) -> Sequence[tuple[PaperSlot, str, str]]:
    """List the slots with a rendition, with their names and what receipts call them."""
    numbers = {page.id: page.number for page in bench.pages}
    return [
        (
            slot,
            label(numbers[slot.page_id], slot.no),
            rules.external_id(bench.issue.date, numbers[slot.page_id], slot.no),
        )
        for slot in sorted(bench.slots, key=lambda slot: (numbers[slot.page_id], slot.no))
        if slot.rendition_id is not None
    ]
