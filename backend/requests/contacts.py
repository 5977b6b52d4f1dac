"""How a citizen may be reached. No database here."""

from __future__ import annotations

import re

import phonenumbers

from backend.errors import invalid

# Digits with what people write between them; anything else is an address, an account name, a sentence.
_LIKE_A_PHONE = re.compile(r"[+＋]?[0-9][0-9 ()（）.\-－—]{5,28}[0-9]")


def checked_contact(contact: str | None) -> str | None:
    """Return the contact as it was given.

    Raises:
        AppError: 422 for what looks like a telephone number and is none of any country; without a country code it is
            taken for one of mainland China.
    """
    if contact is None or not _LIKE_A_PHONE.fullmatch(contact.strip()):
        return contact
    try:
        number = phonenumbers.parse(contact, "CN")
    except phonenumbers.NumberParseException:
        raise _no_number() from None
    if not phonenumbers.is_valid_number(number):
        raise _no_number()
    return contact


def _no_number() -> Exception:
    return invalid("contact", "not_a_phone", "这个电话号码打不通，请核对；座机请加区号，例如 021-56780000")
