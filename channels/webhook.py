"""The channel to a superior platform 上级平台: each article, correction and withdrawal is posted to it, signed.

The id of a call is the publication's key and the same for every try, and who receives it acts on an id once. So a call
whose answer was lost may be made again without asking: there is no `Uncertain` here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import urllib3

from backend.clock import iso
from backend.feed.syndication import ninjs
from backend.feed.syndication.build import build_item
from backend.feed.syndication.changes import CORRECTED, PUBLISHED, WITHDRAWN
from backend.feed.syndication.items import Attachment, Correction, Item, Named, Outlet, Tombstone
from backend.publishing.channel import (
    Capabilities,
    Health,
    Order,
    Outcome,
    Problem,
    Refused,
    Retry,
    Sample,
    Sent,
    Shown,
)
from backend.renderings import to_json
from channels.addresses import PrivateAddress, Target, resolve
from channels.retry_after import read_retry_after
from channels.signatures import read_secret, sign
from channels.syndication import body_of, check_article, plain_article

TIMEOUT_S = 10.0
_AGENT = "ronghui-webhook/1"
# The receiver has this id already, which is what was wanted.
_HAS_IT = 409
_LATER = {408, 425, 429, 503}
_GONE, _NOT_IMPLEMENTED = 410, 501


class WebhookChannel:
    """Posts to one receiver.

    `secret` may be several, separated by blanks, while one is being replaced; `allow_private` lets it lead to a server
    inside the house.

    Raises:
        ValueError: a secret that cannot be used.
    """

    kind = "webhook"
    capabilities = Capabilities(edit=True, delete=True)

    def __init__(
        self, url: str, secret: str, outlet: Outlet, *, allow_private: bool = False, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._url, self._outlet = url, outlet
        self._secrets = secret.split()
        self._allow_private, self._timeout_s = allow_private, timeout_s
        if not self._secrets:
            raise ValueError("没有密钥 (no secret)")
        for each in self._secrets:
            read_secret(each)

    def check(self, kind: str, fields: Mapping[str, Any]) -> Sequence[Problem]:
        """Take articles with a headline and a body."""
        return check_article(kind, fields)

    def send(self, order: Order) -> Outcome:
        """Post a new article."""
        at = _moment(order)
        return self._post(order, PUBLISHED, at, ninjs.describe(self._item(order, at), self._outlet))

    def edit(self, order: Order) -> Outcome:
        """Post an article as it stands after its correction."""
        at = _moment(order)
        described = ninjs.describe(self._item(order, at), self._outlet)
        # When it came out first, the receiver knows and this order does not.
        del described["firstcreated"]
        return self._post(order, CORRECTED, at, described)

    def delete(self, order: Order) -> Outcome:
        """Post that an article was withdrawn."""
        at = _moment(order)
        gone = Tombstone(order.story.id, _version(order), at, at, order.note or "")
        described = ninjs.describe_gone(gone, self._outlet)
        del described["firstcreated"]
        return self._post(order, WITHDRAWN, at, described)

    def progress(self, order: Order) -> Outcome:
        """Answer as `send` did, which has nothing to wait for."""
        return Sent(order.external_id or order.key)

    def find(self, order: Order) -> Sent | None:
        """Return nothing: posting the same id again is no harm."""
        return None

    def expected(self, order: Order) -> str:
        """Return headline and body."""
        return plain_article(order.fields)

    def read_back(self, external_id: str) -> Shown | None:
        """Return nothing: what a receiver makes of it cannot be seen from here."""
        return None

    def metrics(self, external_ids: Sequence[str]) -> Sequence[Sample]:
        """Return nothing: a receiver tells no numbers."""
        return []

    def check_health(self) -> Sequence[Health]:
        """See whether there is a server at the address; nothing is posted."""
        try:
            status, _ = self._call(self._resolve(), "HEAD", None, {})
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            return [Health("receiver", ok=False, words=f"连不上：{type(error).__name__}")]
        # Many receivers know nothing but POST, and say so; that is an answer all the same.
        ok = (status < 500 or status == _NOT_IMPLEMENTED) and status != _GONE
        return [Health("receiver", ok=ok, words=f"接收端有答复（HTTP {status}）。")]

    def _item(self, order: Order, at: datetime) -> Item:
        body = body_of(order.fields)
        files = {block["media"]: block["type"] for block in body if "media" in block}
        return build_item(
            self._outlet,
            article_id=order.story.id,
            version=_version(order),
            headline=order.fields["headline"],
            summary=order.fields.get("summary") or "",
            body=body,
            byline=order.story.byline,
            section=Named(order.story.section, order.story.section),
            class_=order.story.class_,
            published=at,
            updated=at,
            corrections=[Correction(at, order.note)] if order.note else [],
            media={id: Attachment(id, kind, self._outlet.media(id), "") for id, kind in files.items()},
        )

    def _post(self, order: Order, type_: str, at: datetime, data: Mapping[str, Any]) -> Outcome:
        body = to_json({"id": order.key, "type": type_, "at": iso(at), "data": data}).encode()
        headers = sign(self._secrets, order.key, order.now, body) | {"Content-Type": "application/json"}
        try:
            status, answered = self._call(self._resolve(), "POST", body, headers)
        except PrivateAddress:
            return Refused("private_address", "接收地址不在公网上，不予发送。")
        except ValueError:
            return Refused("bad_address", "接收地址读不懂，请检查设置。")
        except (OSError, urllib3.exceptions.HTTPError) as error:
            # It may have been taken. The same id again does no harm, so that need not be found out first.
            return Retry(type(error).__name__, "上级平台没有回应。")
        return _outcome(order, status, answered)

    def _resolve(self) -> Target:
        return resolve(self._url, allow_private=self._allow_private)

    def _call(
        self, target: Target, method: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str]]:
        with target.pool(self._timeout_s) as pool:
            response = pool.request(
                method,
                target.path,
                body=body,
                headers={"Host": target.host_header, "User-Agent": _AGENT} | dict(headers),
                # It was signed for this address and for no other.
                redirect=False,
                retries=False,
                preload_content=False,
            )
            response.close()
        return response.status, response.headers


def _moment(order: Order) -> datetime:
    """Return when this was tried first, so that every try says the same."""
    if "at" in order.notes:
        return datetime.fromisoformat(order.notes["at"])
    order.keep({**order.notes, "at": order.now.isoformat()})
    return order.now


def _version(order: Order) -> int:
    return int(order.fields.get("version") or 1)


def _outcome(order: Order, status: int, headers: Mapping[str, str]) -> Outcome:
    if 200 <= status < 300 or status == _HAS_IT:
        return Sent(order.key, evidence={"status": status})
    if status in _LATER or status >= 500:
        return Retry(f"http_{status}", "上级平台暂时不收。", read_retry_after(headers, order.now))
    if status == _GONE:
        return Refused("receiver_gone", "上级平台说这个接收地址已经停用。")
    if 300 <= status < 400:
        return Refused(f"http_{status}", "上级平台换了地址，请在设置中更新。")
    return Refused(f"http_{status}", "上级平台拒收。")
