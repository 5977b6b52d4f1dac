"""The channel to the house's own newspaper: a publication waits for its page, and its receipt comes from the press.

Laying out, signing and printing are done in `backend.publishing.newspaper`; this is only the queue's side of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.publishing.channel import Capabilities, Health, Order, Outcome, Problem, Refused, Sample, Sent, Shown
from backend.publishing.newspaper.rules import external_id

# Nobody has to ask: whoever prints the issue gives the receipt. This only ends a wait that nobody ended.
_LOOK_AGAIN_S = 6 * 3600.0
_PLACE = ("issue_date", "page_no", "slot_no")


class NewspaperChannel:
    """What goes into the paper. What is printed stays printed; a notice in the next issue is laid out by hand."""

    kind = "newspaper"
    capabilities = Capabilities()

    def check(self, kind: str, fields: Mapping[str, Any]) -> Sequence[Problem]:
        """Take page slots that have been given a place."""
        if kind != "page_slot":
            return [Problem("kind", "wrong_kind", "只有报纸版面稿能上版。")]
        return [] if all(fields.get(name) for name in _PLACE) else [_no_place()]

    def send(self, order: Order) -> Outcome:
        """Let it wait for its page."""
        if problems := self.check(order.kind, order.fields):
            return Refused(problems[0].code, problems[0].words, problems[0].field)
        fields = order.fields
        place = external_id(fields["issue_date"], fields["page_no"], fields["slot_no"])
        return Sent(place, final=False, ask_after_s=_LOOK_AGAIN_S)

    def edit(self, order: Order) -> Outcome:
        """Refuse: paper does not change."""
        return _printed(order)

    def delete(self, order: Order) -> Outcome:
        """Refuse: what has not been printed was taken off its page already."""
        return _printed(order)

    def progress(self, order: Order) -> Outcome:
        """Go on waiting."""
        return Sent(str(order.external_id), final=False, ask_after_s=_LOOK_AGAIN_S)

    def find(self, order: Order) -> Sent | None:
        """Tell that it is not out; what is printed has its receipt."""
        del order
        return None

    def expected(self, order: Order) -> str:
        """Return the text of the slot."""
        return f"{order.fields['headline']}\n{order.fields['text']}"

    def read_back(self, external_id: str) -> Shown | None:
        """Paper is read by people."""
        raise NotImplementedError(external_id)

    def metrics(self, external_ids: Sequence[str]) -> Sequence[Sample]:
        """Paper counts nothing."""
        raise NotImplementedError(external_ids)

    def check_health(self) -> Sequence[Health]:
        """Nothing is needed from outside."""
        return [Health("版面", ok=True, words="报纸版面由本系统排版，不需要外部账号。")]


def _no_place() -> Problem:
    return Problem("issue_date", "no_place", "还没有定期次、版次和版位，请版面编辑先排定。")


def _printed(order: Order) -> Refused:
    return Refused("printed", f"{order.external_id} 已经付印，不能在报纸上更改。")
