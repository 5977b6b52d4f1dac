"""A Weibo account, as a third-party application may post to it: one text, one link of ours, one picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from backend.clock import Clock, SystemClock
from backend.publishing.channel import (
    NOTICE,
    WITHDRAW,
    Capabilities,
    File,
    Health,
    Order,
    Outcome,
    Problem,
    Refused,
    Retry,
    Sample,
    Sent,
    Shelf,
    Shown,
    Uncertain,
    Unreachable,
)
from channels.http import HttpClient, Lost, NotSent, object_in, objects_in, word_in
from channels.pictures import Unreadable, fitted
from channels.weibo_api import Refusal, WeiboApi
from channels.weibo_text import compose, plain, problems, short_links
from channels.weibo_verdicts import NO_POST, REPEATED, judge

URL = "https://api.weibo.com"
_TYPES = {"image/jpeg", "image/png", "image/gif"}
_METRICS = {"reads": "read", "attitudes": "like", "comments": "comment", "reposts": "share"}
# As many posts as the timeline gives in one page; a centre posts fewer a day.
_NEWEST = 100
_IDS_A_CALL, _UNFOLDED = 100, 20
_DAY_S = 86_400
_CALL_TROUBLE = (NotSent, Lost, Refusal)


class WeiboChannel:
    """One account. Safe between threads. `url` is Weibo's own if None.

    Args:
        access_token: the account's, from the authorisation that its owner gave our application.
        domain: the one that our application is bound to; only links into it are taken.
        rip: the address, in the open network, of the operator on whose behalf we post.
        shelf: not needed, and taken so that all channels are made alike: the token is not ours to renew, and a
            picture goes with its post.
    """

    kind = "weibo"
    capabilities = Capabilities(delete=True, notice=True, read_back=True, metrics=True)

    def __init__(
        self,
        url: str | None,
        access_token: str,
        domain: str,
        rip: str,
        shelf: Shelf | None = None,
        *,
        timeout_s: float = 10,
        clock: Clock | None = None,
    ) -> None:
        self._api = WeiboApi(HttpClient(url or URL, timeout_s), access_token)
        self._domain, self._rip, self._clock = domain.lower(), rip, clock or SystemClock()

    def check(self, kind: str, fields: Mapping[str, Any]) -> Sequence[Problem]:
        """Look at a rendition before it is queued."""
        if kind != "weibo_post":
            return [Problem("kind", "wrong_kind", "只有微博稿能发到微博。")]
        return problems(fields)

    def send(self, order: Order) -> Outcome:
        """Post the text with its link and the first picture."""
        text = compose(order)
        if text is None:
            return Refused("too_long", "更正的第一句话就超过了微博的长度，请改短。", "note")
        if not self._is_ours(order.story.link):
            return Refused("wrong_domain", f"链接不在绑定的域名 {self._domain} 下，请管理员检查设置。")
        try:
            picture = _picture(order)
        except Unreadable as trouble:
            return Refused("bad_picture", f"图片 {trouble} 打不开，请换一张。", "images")
        return self._share(order, text, picture)

    def edit(self, order: Order) -> Outcome:
        """Refuse: a post cannot be changed over the interface."""
        return Refused("not_supported", "微博发布后不能用接口修改，请发更正或撤回。")

    def delete(self, order: Order) -> Outcome:
        """Delete a post."""
        post_id = order.external_id or ""
        try:
            self._api.post("/2/statuses/destroy.json", {"id": post_id})
        except NotSent as trouble:
            return _unsent(trouble)
        except Lost as trouble:
            return Uncertain(trouble.code, "让微博删除这一条，没有收到回答。")
        except Refusal as refusal:
            return Sent(post_id) if refusal.code == NO_POST else judge(refusal, order.now)
        return Sent(post_id)

    def progress(self, order: Order) -> Outcome:
        """Say that it is out: a post that has an id is."""
        return Sent(order.external_id or "", _url_of(order.external_id or ""))

    def find(self, order: Order) -> Sent | None:
        """Look among the newest posts for the one whose link has the order's mark."""
        try:
            if order.action == WITHDRAW:
                post_id = order.external_id or ""
                return None if self._post(post_id) else Sent(post_id)
            return self._find_marked(self._newest(), order)
        except _CALL_TROUBLE as trouble:
            raise Unreachable(str(trouble.code)) from trouble

    def expected(self, order: Order) -> str:
        """Return the words that readers should get, without the link."""
        return plain(compose(order) or "")

    def read_back(self, external_id: str) -> Shown | None:
        """Read what readers get, without links: Weibo writes its own in the place of ours."""
        try:
            post = self._post(external_id)
        except _CALL_TROUBLE as trouble:
            raise Unreachable(str(trouble.code)) from trouble
        return None if post is None else Shown(plain(str(post.get("text", ""))), _url_of(external_id))

    def metrics(self, external_ids: Sequence[str]) -> Sequence[Sample]:
        """Read the counters; how often a post was read is told only to some applications."""
        try:
            rows = [row for ids in _in_parts(external_ids, _IDS_A_CALL) for row in self._counts(ids)]
        except _CALL_TROUBLE as trouble:
            raise Unreachable(str(trouble.code)) from trouble
        return [
            Sample(_id_of(row), metric, row[name])
            for row in rows
            for name, metric in _METRICS.items()
            if isinstance(row.get(name), int)
        ]

    def check_health(self) -> Sequence[Health]:
        """Ask how long the token lasts, and read the timeline. Whether it may post shows only when it does."""
        return [self._health_of_token(), self._health_of_timeline()]

    def _share(self, order: Order, text: str, picture: File | None) -> Outcome:
        order.keep(dict(order.notes))
        try:
            answer = self._api.post("/2/statuses/share.json", {"status": text, "rip": self._rip}, picture)
            post_id = _id_of(answer)
        except NotSent as trouble:
            return _unsent(trouble)
        except Lost as trouble:
            return Uncertain(trouble.code, "已经发给微博，没有收到回答。")
        except Refusal as refusal:
            return self._repeated(order, refusal) if refusal.code in REPEATED else judge(refusal, order.now)
        return Sent(post_id, _url_of(post_id))

    def _repeated(self, order: Order, refusal: Refusal) -> Outcome:
        """Find the post that this one repeats: our own of an earlier try, or else one in the same words.

        The timeline may be a while behind, so the first time that neither is there, nothing follows from it.
        """
        try:
            posts = self._newest()
            same = [post for post in posts if plain(str(post.get("text", ""))) == self.expected(order)]
            found = self._find_marked(posts, order)
            # The timeline begins with the newest; the first that was posted is its last.
            found = found or (_sent(same[-1]) if same else None)
        except _CALL_TROUBLE as trouble:
            return Uncertain(f"weibo_{refusal.code}", f"微博说发过相同的内容，查的时候没有收到回答（{trouble.code}）。")
        if found is not None:
            return found
        if order.notes.get("repeated"):
            return Refused(
                f"weibo_{refusal.code}", "微博说发过相同或相似的内容，但没有找到那一条，请改动文字。", "text"
            )
        order.keep({**order.notes, "repeated": True})
        return Uncertain(f"weibo_{refusal.code}", "微博说发过相同的内容，时间线上还看不到那一条。")

    def _newest(self) -> list[dict[str, Any]]:
        answer = self._api.get("/2/statuses/user_timeline.json", count=str(_NEWEST), trim_user="1")
        return objects_in(object_in(answer).get("statuses"))

    def _find_marked(self, posts: Sequence[Mapping[str, Any]], order: Order) -> Sent | None:
        """Return the post that has the order's mark in its text or behind one of its links."""
        for post in posts:
            if any(order.mark in place for place in (str(post.get("text", "")), *_long_links(post))):
                return _sent(post)
        # Weibo asks to be asked where a short link leads. Posts in the order's own words come first, so that this is
        # one call as a rule; the others are for a text that Weibo changed.
        words = self.expected(order)
        for post in sorted(posts, key=lambda post: plain(str(post.get("text", ""))) != words)[:_UNFOLDED]:
            if any(order.mark in self._long_link(link) for link in short_links(str(post.get("text", "")))):
                return _sent(post)
        return None

    def _long_link(self, short: str) -> str:
        answer = self._api.get("/2/short_url/expand.json", url_short=short)
        return next((str(row.get("url_long")) for row in objects_in(object_in(answer).get("urls"))), "")

    def _post(self, post_id: str) -> dict[str, Any] | None:
        try:
            post = self._api.get("/2/statuses/show.json", id=post_id)
        except Refusal as refusal:
            if refusal.code == NO_POST:
                return None
            raise
        _id_of(object_in(post))
        return None if str(post.get("deleted", "0")) == "1" else post

    def _counts(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        return objects_in(self._api.get("/2/statuses/count.json", ids=",".join(ids)))

    def _health_of_token(self) -> Health:
        try:
            left = self._api.post("/oauth2/get_token_info").get("expire_in")
        except _CALL_TROUBLE as trouble:
            return Health("token", ok=False, words=f"访问凭证：{self._words_of(trouble)}")
        if not isinstance(left, int) or left <= 0:
            return Health("token", ok=False, words="访问凭证：已经过期，请管理员重新授权。")
        return Health("token", ok=True, words=f"访问凭证：还有 {left // _DAY_S} 天到期。")

    def _health_of_timeline(self) -> Health:
        try:
            self._newest()
        except _CALL_TROUBLE as trouble:
            return Health("timeline", ok=False, words=f"时间线：{self._words_of(trouble)}")
        return Health("timeline", ok=True, words="时间线：可以读取。发布的权限要到发布时才能知道。")

    def _words_of(self, trouble: NotSent | Lost | Refusal) -> str:
        if isinstance(trouble, Refusal):
            return judge(trouble, self._clock.now()).words
        return f"连不上微博（{trouble.code}）。"

    def _is_ours(self, link: str) -> bool:
        host = (urlsplit(link).hostname or "").lower()
        return host == self._domain or host.endswith(f".{self._domain}")


def _picture(order: Order) -> File | None:
    """Return the one picture that the interface takes.

    The others, and films, can only be posted with rights that Weibo does not give to third parties any more.
    """
    images = [] if order.action == NOTICE else order.fields["images"]
    return fitted(order.read_file(images[0]["media"]), _TYPES) if images else None


def _unsent(trouble: NotSent) -> Retry:
    return Retry(trouble.code, "连不上微博，什么都没有发出，稍后再发。")


def _in_parts(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _id_of(post: Mapping[str, Any]) -> str:
    return word_in(post, "idstr" if "idstr" in post else "id")


def _sent(post: Mapping[str, Any]) -> Sent:
    return Sent(_id_of(post), _url_of(_id_of(post)))


def _url_of(post_id: str) -> str:
    return f"https://m.weibo.cn/status/{post_id}"


def _long_links(post: Mapping[str, Any]) -> list[str]:
    """Return where the links of a post lead, which Weibo tells some applications with it."""
    links = objects_in(post.get("url_objects") or [])
    return [str(object_in(link.get("info", {})).get("url_long")) for link in links]
