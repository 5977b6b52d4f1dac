"""What somebody agreed to, and who of the house looked at people's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.edge import Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema, page_of
from backend.errors import not_found
from backend.forms import Choice, Id
from backend.paging import Page
from backend.privacy import consents, looks
from backend.privacy.rules import Purpose, Seen
from backend.privacy.schemas import AgreementForm, AgreementSchema, AgreementsSchema, PersonLookSchema

blp = blueprint("privacy", "个人信息 Personal data")
_ONE = "/me/consents/<id:purpose>"


class LooksQuery(PageQuery):
    """Looks at what; of one member of staff if `actor` is given."""

    kind = Choice([looks.REQUEST, *(str(each) for each in Seen)], required=True)
    actor = Id()


@route(blp, "GET /me/consents", needs="consent.keep", returns=AgreementsSchema)
def list_consents(call: Read) -> Any:
    """我同意过什么 What I agreed to, and what I am asked now."""
    return consents.list_consents(call.session, call.actor.id)


@route(blp, f"PUT {_ONE}", needs="consent.keep", body=AgreementForm, returns=AgreementSchema)
def give_consent(call: Write, purpose: str, form: dict[str, Any]) -> Any:
    """同意 Agree to a purpose under the present version."""
    return consents.present_consent(consents.give(call.unit, _known(purpose), **form))


@route(blp, f"DELETE {_ONE}", needs="consent.keep", returns=SilentSchema, status=204)
def withdraw_consent(call: Write, purpose: str) -> None:
    """撤回同意 Take a consent back."""
    consents.withdraw(call.unit, _known(purpose))


@route(
    blp,
    "GET /privacy/looks",
    needs="privacy.read",
    query=LooksQuery,
    returns=page_of(PersonLookSchema, "PersonLookPage"),
)
def list_looks(call: Read, query: dict[str, Any]) -> Any:
    """谁看过个人信息 Who of the house looked at people's data, for the auditor."""
    page = Page(query.get("cursor"), query["limit"])
    return looks.list_looks(call.session, query["kind"], query.get("actor"), page)


def mark_people(call: Read, kind: Seen, people: Mapping[str, str]) -> None:
    """Have it noted that the actor has these things before them, each with whose it is."""
    fresh = looks.unnoted(call.session, call.actor, people, call.now)
    if fresh:
        call.marks.append(lambda unit: looks.note_looks(unit, kind, fresh))


def _known(purpose: str) -> str:
    if purpose not in set(Purpose):
        raise not_found("这项同意")
    return purpose
