"""What somebody agreed to, and who of the house looked at people's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app

from api.auth import send_code
from api.edge import Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema, page_of
from backend.accounts.schemas import CodeSentSchema
from backend.errors import invalid, not_found
from backend.forms import Choice, Id
from backend.paging import Page
from backend.privacy import consents, looks
from backend.privacy.rules import Purpose, Seen
from backend.privacy.schemas import (
    AgreementForm,
    AgreementSchema,
    AgreementsSchema,
    ChildrenSchema,
    GuardianCodeForm,
    PersonLookSchema,
)

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
    """同意 Agree to a purpose under the present version; for a child its guardian, by the code that they were sent."""
    guardian = form.pop("guardian", None)
    if (guardian is not None) != (_known(purpose) == Purpose.GUARDIAN):
        raise invalid("guardian", "mismatch", "监护人同意要写明监护人的姓名、电话和验证码，其他同意不用写。")
    if guardian is None:
        return consents.present_consent(consents.give(call.unit, purpose, **form))
    secret = current_app.extensions["settings"].secret_key
    return consents.present_consent(consents.give_as_guardian(call.unit, secret, **form, **guardian))


@route(blp, f"DELETE {_ONE}", needs="consent.keep", returns=SilentSchema, status=204)
def withdraw_consent(call: Write, purpose: str) -> None:
    """撤回同意 Take a consent back."""
    consents.withdraw(call.unit, _known(purpose))


@route(
    blp,
    "POST /me/consents/guardian/codes",
    needs="consent.keep",
    body=GuardianCodeForm,
    returns=CodeSentSchema,
    status=202,
    refuses=(429,),
)
def ask_guardian(call: Write, form: dict[str, Any]) -> Any:
    """问监护人 Send a code to a guardian's telephone, who tells it to the child if they agree."""
    return send_code(call.unit, consents.prepare_guardian(call.unit, form["phone"]), call.actor.id)


@route(blp, "GET /me/children", needs="consent.keep", returns=ChildrenSchema)
def list_children(call: Read) -> Any:
    """我替哪些孩子同意过 The children for whom I have agreed as a guardian, by the telephone I sign in with."""
    return consents.list_children(call.session, call.actor.id)


@route(blp, "DELETE /me/children/<id:consent_id>", needs="consent.keep", returns=SilentSchema, status=204)
def withdraw_for_child(call: Write, consent_id: str) -> None:
    """监护人撤回 Take back what I agreed to for a child."""
    consents.withdraw_as_guardian(call.unit, consent_id)


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
