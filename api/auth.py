"""Signing in and out."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request

from api.edge import Write, again_if_asked, blueprint, database, header_key, identity, route
from api.schemas import SilentSchema
from backend.accounts import codes, queries, rules, sign_in
from backend.accounts.passwords import is_password
from backend.accounts.schemas import CodeForm, CodeSentSchema, TokenForm, TokensSchema
from backend.config import Settings
from backend.unit_of_work import UnitOfWork

blp = blueprint("auth", "登录 Sign in")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _address() -> str:
    return rules.address_group(request.remote_addr or "")


@route(blp, "POST /auth/codes", needs="auth.sign_in", body=CodeForm, returns=CodeSentSchema, status=202, refuses=(429,))
def request_code(call: Write, form: dict[str, Any]) -> dict[str, Any]:
    """发送短信验证码 Send a sign-in code."""
    return send_code(call.unit, form["phone"])


def send_code(unit: UnitOfWork, phone: str, account_id: str | None = None) -> dict[str, Any]:
    """Send a code to a phone, for whoever has it sent to a guardian's; the same countries and limits hold for all."""
    settings = _settings()
    phone = rules.normal_phone(phone)
    rules.demand_country(phone, settings.sms_countries)
    code_id = codes.send_code(
        unit,
        settings.secret_key,
        phone=phone,
        address=_address(),
        per_address=settings.sms_per_address,
        account_id=account_id,
    )
    sent: dict[str, Any] = {"expires_in": int(rules.CODE_LIFETIME.total_seconds())}
    return sent | ({"demo_code": rules.code_of(settings.secret_key, code_id)} if settings.demo else {})


@route(
    blp,
    "POST /auth/tokens",
    needs="auth.sign_in",
    body=TokenForm,
    returns=TokensSchema,
    bare=True,
    reads_key=True,
    refuses=(429,),
)
def open_session(form: dict[str, Any]) -> dict[str, Any]:
    """登录或续期 Sign in or refresh."""
    grant = {"sms": _by_code, "password": _by_password, "refresh": _by_refresh}[form["grant"]]
    return _tokens(again_if_asked(lambda: grant(form)))


def _by_code(form: dict[str, Any]) -> sign_in.SignIn:
    phone = rules.normal_phone(form["phone"])
    with database().unit(command_id=g.request_id) as unit:
        return sign_in.sign_in_by_code(unit, _settings().secret_key, phone=phone, code=form["code"])


def _by_password(form: dict[str, Any]) -> sign_in.SignIn:
    # The hash is read and checked between two transactions, since checking takes tens of milliseconds.
    settings, username = _settings(), form["username"]
    who = sign_in.knock(
        settings.secret_key, username=username, address=_address(), per_address=settings.failures_per_address
    )
    with database().reading() as session:
        sign_in.demand_password_tries(session, who, database().clock.now())
        account = queries.get_by_username(session, username)
    fits = is_password(account.password_hash if account else None, form["password"])
    with database().unit(command_id=g.request_id) as unit:
        return sign_in.sign_in_by_password(unit, who, username=username, password_fits=fits, totp=form.get("totp"))


def _by_refresh(form: dict[str, Any]) -> sign_in.SignIn:
    with database().unit(command_id=g.request_id) as unit:
        secret = _settings().secret_key
        return sign_in.refresh(unit, secret, refresh_token=form["refresh_token"], key=header_key())


def _tokens(signed_in: sign_in.SignIn) -> dict[str, Any]:
    now = database().clock.now()
    with database().reading() as session:
        user = queries.present_me(session, signed_in.account_id, now)
    return {
        "access_token": identity().issue(signed_in.account_id, signed_in.session_id, now, kind=user["kind"]),
        "refresh_token": signed_in.refresh_token,
        "expires_in": int(rules.ACCESS_LIFETIME.total_seconds()),
        "user": user,
    }


@route(blp, "DELETE /auth/tokens", needs="auth.sign_out", returns=SilentSchema, status=204)
def sign_out(call: Write) -> None:
    """退出登录 Sign out."""
    sign_in.sign_out(call.unit)
