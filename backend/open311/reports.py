"""Reading what a client files: the parameters of `POST requests`. No database here.

Source: wiki.open311.org/GeoReport_v2, "POST Service Request". An empty parameter is none; one that the standard does
not know is passed over, as clients send words of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import FieldError
from backend.forms import is_clean
from backend.open311.refusals import fault, missing, raise_if

Params = Mapping[str, Sequence[str]]

MAX_DESCRIPTION = 4000
MAX_CONTACT = 60
_LENGTHS = {
    "service_code": 64,
    "description": MAX_DESCRIPTION,
    "address_string": 200,
    "address_id": 64,
    "first_name": 40,
    "last_name": 40,
    "email": 254,
    "phone": 30,
    "device_id": 128,
    "account_id": 128,
    "media_url": 490,
    "lat": 40,
    "long": 40,
}
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](\[[0-9]{0,4}\])?", re.ASCII)
_URL = re.compile(r"https?://[!-~]{1,480}", re.ASCII)
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}([.][0-9]{1,20})?", re.ASCII)
_NO_PLACE = "要有位置：lat 和 long，或 address_string，或 address_id"


@dataclass(frozen=True, slots=True)
class Report:
    """What a client files. Degrees are WGS-84; `person` holds who the client says it comes from."""

    service_code: str
    description: str | None
    lat: float | None
    lon: float | None
    address: str | None
    address_id: str | None
    media_url: str | None
    person: dict[str, str]
    attributes: dict[str, list[str]]


def value_of(params: Params, name: str) -> str | None:
    """Return a parameter, None where it is empty or not there."""
    text = next(iter(params.get(name, ())), "").strip()
    return text or None


def read_report(params: Params) -> Report:
    """Read a report.

    Raises:
        AppError: 400 that names each parameter that is wrong.
    """
    faults = _repeated(params)
    given = {name: _tidy(value_of(params, name)) for name in _LENGTHS}
    if given["service_code"] is None:
        raise missing("service_code", "缺少 service_code，可用的代码见 services")
    faults += [wrong for name, text in given.items() if (wrong := _wrong(name, text))]
    lat, lon = _degrees(given["lat"], 90), _degrees(given["long"], 180)
    faults += _wrong_place(given, lat, lon)
    attributes = _attributes(params)
    faults += [
        fault(f"attribute[{code[:64] if is_clean(code) else ''}]", "unclean", "含有不可见的控制字符")
        for code, texts in attributes.items()
        if not all(map(is_clean, [code, *texts]))
    ]
    raise_if(faults)
    names = ("first_name", "last_name", "email", "phone", "device_id", "account_id")
    return Report(
        service_code=given["service_code"],
        description=given["description"],
        lat=lat,
        lon=lon,
        address=given["address_string"],
        address_id=given["address_id"],
        media_url=given["media_url"],
        person={name: text for name in names if (text := given[name])},
        attributes=attributes,
    )


def contact_of(person: Mapping[str, Any]) -> str | None:
    """Write how staff reach the person: name, telephone and address, as much of it as has room."""
    name = f"{person.get('last_name', '')}{person.get('first_name', '')}"
    if name.isascii():
        name = " ".join(part for part in (person.get("first_name"), person.get("last_name")) if part)
    phone, email = person.get("phone"), person.get("email")
    # A number that stands alone would be held against the plan of telephone numbers, which the standard does not ask.
    alone = f"电话 {phone}" if phone else None
    choices = ((name, phone, email), (name, phone)) if name else ((alone, email),)
    for choice in (*choices, (alone,), (email,), (name,)):
        parts = [part for part in choice if part]
        text = " ".join(parts)
        if text and len(text) <= MAX_CONTACT:
            return text
    return None


def title_of(description: str | None, service: str) -> str:
    """Make the title, which the standard does not have: the first line of what is said, or the service's name."""
    first = next((line.strip() for line in (description or "").split("\n") if line.strip()), service)
    return first if len(first) <= MAX_CONTACT else f"{first[: MAX_CONTACT - 1]}…"


def _tidy(text: str | None) -> str | None:
    # Forms send line ends as HTML has it.
    return text.replace("\r\n", "\n").replace("\r", "\n") if text else None


def _repeated(params: Params) -> list[FieldError]:
    return [
        fault(name, "repeated", f"{name} 写了不止一次")
        for name in _LENGTHS
        if len([text for text in params.get(name, ()) if text.strip()]) > 1
    ]


def _wrong(name: str, text: str | None) -> FieldError | None:
    if text is None:
        return None
    if not is_clean(text):
        return fault(name, "unclean", f"{name} 含有不可见的控制字符")
    if len(text) > _LENGTHS[name]:
        return fault(name, "too_long", f"{name} 最多 {_LENGTHS[name]} 个字")
    if name not in {"description", "address_string"} and "\n" in text:
        return fault(name, "invalid", f"{name} 不能换行")
    if name == "media_url" and not _URL.fullmatch(text):
        return fault(name, "invalid", "media_url 要写 http:// 或 https:// 开头的网址")
    return None


def _degrees(text: str | None, bound: int) -> float | None:
    """Read degrees; what is none of this earth becomes NaN, so that it is told from what is not there."""
    if text is None:
        return None
    degrees = float(text) if _DEGREES.fullmatch(text) else math.nan
    return degrees if abs(degrees) <= bound else math.nan


def _wrong_place(given: Mapping[str, str | None], lat: float | None, lon: float | None) -> list[FieldError]:
    faults = [
        fault(name, "invalid", f"{name} 要填 WGS-84 的度数")
        for name, degrees in (("lat", lat), ("long", lon))
        if degrees is not None and math.isnan(degrees)
    ]
    if (lat is None) != (lon is None):
        lacking = "long" if lon is None else "lat"
        faults.append(fault(lacking, "missing", "lat 和 long 要一起填"))
    if lat is None and lon is None and given["address_string"] is None and given["address_id"] is None:
        faults.append(fault("address_string", "missing", _NO_PLACE))
    return faults


def _attributes(params: Params) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, texts in params.items():
        named = _ATTRIBUTE.fullmatch(name)
        if named:
            found.setdefault(named[1], []).extend(_tidy(text) or "" for text in texts)
    return {code: given for code, texts in found.items() if (given := [text for text in texts if text.strip()])}
