"""Writing docs/roles.md: who may call what, read from the running application, so that the page cannot lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Flask

from api.mutations import MUTATIONS
from api.open311.resources import ADDRESSES
from backend import policy
from backend.policy import Actor, Grant, Role
from realtime.gateway import EVENTS

# What needs no decision: pages, their files, the API's own description, what an operator asks, and Open311, whose
# clients never sign in and show a key of their own kind.
OPEN = {
    "GET /": "pages.home",
    "GET /sw.js": "pages.worker",
    "GET /static/<any(app, desk):built>/assets/<path:name>": "pages.built_asset",
    "GET /desk": "pages.desk",
    "GET /desk/": "pages.desk_with_slash",
    "GET /docs": "pages.docs",
    "GET /operation": "pages.operation",
    "GET /receipts/check": "pages.receipts",
    "GET /s/<id:kind>/<id:thing_id>": "share.read",
    "GET /static/<path:filename>": "static",
    "GET /api/v1/openapi.json": "api-docs.openapi_json",
    "GET /healthz": "operations.alive",
    "GET /readyz": "operations.ready",
    "GET /metrics": "operations.metrics",
    **ADDRESSES,
}
_HEAD = """# 谁能做什么 Who may do what

本页由 `flask --app wsgi roles` 从程序本身生成，请勿手改；测试保证它与程序一致。
Generated from the application; a test fails when it is out of date.

✓ 表示岗位上有这项权限。具体到某一件事（是不是本人的诉求、本单位的公告、撰写人不能签发自己的稿件），由动作本身再判断。
✓ is the permission of the role. Whose case, which office and which author it is about is asked on top, by the action.

列名 columns: `anon` 未登录, `citizen` 市民, `staff` 当天没有岗位的工作人员,
其余为值班表上的岗位 and the roles of the roster.
不设权限的地址 open to everybody without a decision: {open}.
"""
_PERSONS = {
    "anon": policy.ANONYMOUS,
    "citizen": Actor("a citizen", "citizen"),
    "staff": Actor("a member of staff", "staff"),
} | {str(role): Actor("a member of staff", "staff", (Grant(role),)) for role in Role}


def endpoints(app: Flask) -> Iterator[tuple[str, str | None]]:
    """Yield `"METHOD /path"` and its permission for every endpoint; None where there is no decision."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            view = _view(app, rule.endpoint, method)
            yield f"{method} {rule.rule}", getattr(view, "permission", None)


def _view(app: Flask, endpoint: str, method: str) -> object:
    """Return the function behind a rule; flask-smorest gathers those of one address in a class."""
    view = app.view_functions[endpoint]
    inside = getattr(view, "view_class", None)
    return getattr(inside, method.lower()) if inside is not None else view


def write_roles(app: Flask) -> str:
    """Return the page."""
    parts = [_HEAD.format(open="、".join(f"`{call}`" for call in OPEN))]
    parts.append(_table("HTTP", [row for row in endpoints(app) if row[1] is not None]))
    parts.append(_table("Socket.IO `/sync`", list(EVENTS.items())))
    parts.append(_table("离线操作 Mutations", [(name, mutation.needs) for name, mutation in sorted(MUTATIONS.items())]))
    return "\n".join(parts)


def _table(title: str, rows: list[tuple[str, str | None]]) -> str:
    names = list(_PERSONS)
    lines = [f"## {title}", "", row(["call", "permission", *names]), row(["---"] * (len(names) + 2))]
    for call, permission in rows:
        marks = ["✓" if policy.allows(person, str(permission)) else "" for person in _PERSONS.values()]
        lines.append(row([f"`{call}`", f"`{permission}`", *marks]))
    return "\n".join([*lines, ""])


def row(cells: Sequence[object]) -> str:
    """Write one line of a table in Markdown."""
    return f"| {' | '.join(map(str, cells))} |"
