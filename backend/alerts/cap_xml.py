"""Writing CAP 1.2: one file a message, and the Atom feed that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from lxml import etree
from sqlalchemy.orm import Session

from backend.alerts import rules
from backend.alerts.models import CapMessage, PublicAlert
from backend.alerts.queries import cap_path, references_of
from backend.alerts.rules import AlertState
from backend.district.models import Office
from backend.errors import not_found
from backend.feed.syndication import xml

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
CAP_MIME = "application/cap+xml"
FEED_MIME = "application/atom+xml"
# What ended longer ago is no news to whoever reads the feed; its file stays.
_LISTED = timedelta(days=7)
_MOST = 200
# The order of the schema, which allows no other.
_HEAD = ("responseType", "urgency", "severity", "certainty", "effective", "onset", "expires")
_TEXTS = ("headline", "description", "instruction", "web", "contact")


def access_cap(session: Session, identifier: str) -> bytes:
    """Write a message that has an open address as a CAP document; 404 for any other."""
    query = sa.select(CapMessage).where(CapMessage.identifier == identifier, CapMessage.sent.is_not(None))
    message = session.scalars(query).one_or_none()
    if message is None or not rules.is_open(message.status, message.scope):
        raise not_found("预警")
    office = session.get_one(Office, message.office_id)
    return xml.document(write_cap(message, references_of(session, [message])[message.id], office.name))


def write_cap(message: CapMessage, references: Sequence[str], sender_name: str) -> etree._Element:
    """Write a message that was sent."""
    root = xml.root(CAP, "alert", {None: CAP})
    sent = None if message.sent is None else rules.cap_time(message.sent)
    head = {
        "identifier": message.identifier,
        "sender": message.sender,
        "sent": sent,
        "status": message.status,
        "msgType": message.msg_type,
        "scope": message.scope,
        "restriction": message.restriction,
        "addresses": " ".join(message.addresses) or None,
        "note": message.note,
        "references": " ".join(references) or None,
    }
    _put(root, head, head)
    for info in message.info:
        _write_info(root, info, sender_name)
    return root


def _write_info(root: etree._Element, info: Mapping[str, Any], sender_name: str) -> None:
    element = xml.add(root, CAP, "info")
    _put(element, info, ("language", "category", "event", *_HEAD))
    _put(element, {"senderName": sender_name}, ("senderName",))
    _put(element, info, _TEXTS)
    for area in info["area"]:
        place = xml.add(element, CAP, "area")
        _put(place, area, ("areaDesc", "polygon", "circle"))
        for code in area["geocode"]:
            _put(xml.add(place, CAP, "geocode"), code, ("valueName", "value"))


def _put(parent: etree._Element, values: Mapping[str, Any], names: Sequence[str] | Mapping[str, Any]) -> None:
    """Write the given fields in their order, a list as one element after the other."""
    for name in names:
        value = values.get(name)
        for text in value if isinstance(value, list) else [value]:
            if text is not None:
                xml.add(parent, CAP, name, str(text))


# ── the feed ──


def write_feed(session: Session, now: datetime, public_url: str) -> bytes:
    """Write the Atom feed (RFC 4287) of real warnings that hold, and of what happened to them in the last days."""
    messages = _listed(session, now)
    feed = xml.root(xml.ATOM, "feed", {None: xml.ATOM, "cap": CAP})
    address = f"{public_url}/cap/feed.atom"
    xml.add(feed, xml.ATOM, "id", address)
    xml.add(feed, xml.ATOM, "title", "宝山区预警信息")
    newest = max((message.sent for message, _ in messages if message.sent), default=datetime(2026, 1, 1, tzinfo=UTC))
    xml.add(feed, xml.ATOM, "updated", rules.cap_time(newest))
    xml.add(feed, xml.ATOM, "link", None, rel="self", type=FEED_MIME, href=address)
    for message, office in messages:
        _write_entry(feed, message, office, public_url)
    return xml.document(feed)


def _listed(session: Session, now: datetime) -> Sequence[tuple[CapMessage, str]]:
    recent = sa.or_(PublicAlert.state == AlertState.ACTIVE, PublicAlert.updated_at > now - _LISTED)
    query = (
        sa.select(CapMessage, Office.name)
        .join(PublicAlert, PublicAlert.id == CapMessage.alert_id)
        .join(Office, Office.id == CapMessage.office_id)
        .where(PublicAlert.real.is_(True), recent)
        .order_by(CapMessage.sent.desc(), CapMessage.id)
    )
    return [(message, name) for message, name in session.execute(query.limit(_MOST))]


def _write_entry(feed: etree._Element, message: CapMessage, office: str, public_url: str) -> None:
    entry = xml.add(feed, xml.ATOM, "entry")
    address = public_url + cap_path(message)
    info: Mapping[str, Any] = rules.headline(message.info) if message.info else {}
    sent = None if message.sent is None else rules.cap_time(message.sent)
    xml.add(entry, xml.ATOM, "id", address)
    xml.add(entry, xml.ATOM, "title", info.get("headline") or "预警解除")
    xml.add(entry, xml.ATOM, "updated", sent)
    xml.add(entry, xml.ATOM, "published", sent)
    author = xml.add(entry, xml.ATOM, "author")
    xml.add(author, xml.ATOM, "name", office)
    xml.add(entry, xml.ATOM, "link", None, rel="alternate", type=CAP_MIME, href=address)
    xml.add(entry, xml.ATOM, "summary", info.get("description") or info.get("headline") or message.note or "预警解除")
    for category in info.get("category", []):
        xml.add(entry, xml.ATOM, "category", None, term=category)
    _put(entry, {"msgType": message.msg_type, "status": message.status}, ("status", "msgType"))
    _put(entry, info, ("event", "urgency", "severity", "certainty", "expires"))
