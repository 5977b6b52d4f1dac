"""Being asked as a guardian, and agreeing."""

from __future__ import annotations

import secrets
from typing import Any

from backend.privacy.rules import NOTICE_VERSION
from scenario.people import Person

NAME = "王大明"


def some_phone() -> str:
    return f"+86138{secrets.randbelow(10**8):08}"


def ask_guardian(child: Person, phone: str) -> str:
    """Have a code sent, and return it."""
    return str(child.does("POST", "/me/consents/guardian/codes", {"phone": phone})["demo_code"])


def agree(child: Person, phone: str, code: str, name: str = NAME) -> Any:
    """Enter the code that a guardian told."""
    guardian = {"name": name, "phone": phone, "code": code}
    return child.put("/me/consents/guardian", {"version": NOTICE_VERSION, "guardian": guardian})


def guard(child: Person, phone: str) -> None:
    """Have a guardian agree who has this telephone."""
    answer = agree(child, phone, ask_guardian(child, phone))
    assert answer.status_code == 200, answer.text
