"""A WeChat Official Account: an article is a draft that is handed in to be published, and published a while later.

A draft is used up by its first success. So once there is one, handing in the same one again can never publish twice,
and that it is gone from the box tells that it was handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from backend.clock import Clock, SystemClock, local_day
from backend.publishing.channel import (
    WITHDRAW,
    Capabilities,
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
from channels.http import HttpClient, Lost, NotSent, word_in
from channels.pictures import Unreadable
from channels.wechat_api import NO_ARTICLE, NO_MEDIA, Refusal, WechatApi, first_news
from channels.wechat_article import compose, problems, text_of
from channels.wechat_drafts import Diary, Drafts
from channels.wechat_statistics import samples
from channels.wechat_verdicts import judge, unsent

URL = "https://api.weixin.qq.com"
_TYPES = {"image/jpeg", "image/png"}
_ASK_AFTER_S = 5.0
_FIND_PAGES = 5
_VERDICTS = {
    2: "微信的原创校验没有通过，文章没有发布。",
    3: "微信发布失败，没有说明原因，请检查后重发。",
    4: "微信平台审核没有通过，请修改内容后重新送审。",
    5: "文章发布后在公众平台上被删除了。",
    6: "文章发布后被微信封禁了。",
}
_READINGS = (
    ("publish", "发布", "/cgi-bin/freepublish/batchget", {"offset": 0, "count": 1, "no_content": 1}),
    ("draft", "草稿箱", "/cgi-bin/draft/count", None),
    ("material", "素材库", "/cgi-bin/material/get_materialcount", None),
)
_CALL_TROUBLE = (NotSent, Lost, Refusal)


class WechatChannel:
    """One account. Safe between threads; processes share its token by the shelf. `url` is WeChat's own if None.

    The interface has no word for an article being declared original, so `original_flag` stays in the house.
    """

    kind = "wechat"
    capabilities = Capabilities(delete=True, notice=True, read_back=True, metrics=True)

    def __init__(
        self,
        url: str | None,
        app_id: str,
        app_secret: str,
        shelf: Shelf,
        timeout_s: float = 10,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._api = WechatApi(HttpClient(url or URL, timeout_s), app_id, app_secret, shelf)
        self._drafts, self._clock = Drafts(self._api, shelf), clock or SystemClock()

    def check(self, kind: str, fields: Mapping[str, Any]) -> Sequence[Problem]:
        """Look at a rendition before it is queued."""
        if kind != "wechat_article":
            return [Problem("kind", "wrong_kind", "只有微信稿能发到微信公众号。")]
        return problems(fields)

    def send(self, order: Order) -> Outcome:
        """Upload, write the draft, and hand it in."""
        diary = Diary(order)
        if publishing := diary.known.get("publishing"):
            return _accepted(publishing)
        try:
            draft = diary.known.get("draft") or self._drafts.write(order, diary)
            diary.write(draft=draft)
        except Unreadable as trouble:
            return Refused("bad_picture", f"图片 {trouble} 打不开，请换一张。", "body")
        except (NotSent, Lost) as trouble:
            return unsent(trouble)
        except Refusal as refusal:
            return judge(refusal, order.now)
        return self._submit(order, diary, draft)

    def edit(self, order: Order) -> Outcome:
        """Refuse: what is published cannot be changed over the interface."""
        return Refused("not_supported", "微信文章发布后不能用接口修改，请发更正或撤回。")

    def delete(self, order: Order) -> Outcome:
        """Delete an article; its address then says that its publisher removed it."""
        wanted = order.external_id or ""
        try:
            article_id = self._article_of(wanted)
            if article_id is None:
                return Retry(
                    "publishing", "文章还在发布中，发布完才能删除。", order.now + timedelta(seconds=_ASK_AFTER_S)
                )
            self._api.ask("/cgi-bin/freepublish/delete", {"article_id": article_id, "index": 1}, "errcode")
        except NotSent as trouble:
            return unsent(trouble)
        except Lost as trouble:
            return Uncertain(trouble.code, "让微信删除文章，没有收到回答。")
        except Refusal as refusal:
            return Sent(wanted) if refusal.code == NO_ARTICLE else judge(refusal, order.now)
        return Sent(article_id)

    def progress(self, order: Order) -> Outcome:
        """Ask what became of an article that was handed in."""
        publishing = order.external_id or ""
        if not publishing.isdigit():
            return Sent(publishing)
        try:
            answer = self._ask(publishing)
        except (NotSent, Lost):
            # It is handed in all the same, whoever cannot be asked just now.
            return _accepted(publishing)
        except Refusal as refusal:
            verdict = judge(refusal, order.now)
            if isinstance(verdict, Refused):
                return Uncertain(verdict.code, verdict.words)
            wait = (verdict.until - order.now).total_seconds() if verdict.until else _ASK_AFTER_S
            return _accepted(publishing, wait)
        return _outcome(publishing, answer)

    def find(self, order: Order) -> Sent | None:
        """Look among the newest articles for the one whose "read more" has the order's mark."""
        try:
            if order.action == WITHDRAW:
                return self._find_gone(order.external_id or "")
            for item in self._api.articles(_FIND_PAGES):
                news = first_news(item.get("content"))
                if order.mark in str(news.get("content_source_url")):
                    return Sent(word_in(item, "article_id"), _url(news))
            return self._find_started(order)
        except _CALL_TROUBLE as trouble:
            raise Unreachable(str(trouble.code)) from trouble

    def expected(self, order: Order) -> str:
        """Return the words that readers should get."""
        return compose(order, str).text

    def read_back(self, external_id: str) -> Shown | None:
        """Read what readers get."""
        try:
            news = self._news(external_id)
        except _CALL_TROUBLE as trouble:
            raise Unreachable(str(trouble.code)) from trouble
        if news is None:
            return None
        words = text_of(str(news.get("title", "")), str(news.get("digest", "")), str(news.get("content", "")))
        return Shown(words, _url(news))

    def metrics(self, external_ids: Sequence[str]) -> Sequence[Sample]:
        """Read the counters as of yesterday; WeChat has none of today."""
        try:
            return samples(self._api, external_ids, local_day(self._clock.now()))
        except _CALL_TROUBLE as trouble:
            raise Unreachable(str(trouble.code)) from trouble

    def check_health(self) -> Sequence[Health]:
        """Get a token and read where we shall have to write."""
        return [self._health(*reading) for reading in _READINGS]

    def _health(self, name: str, what: str, path: str, asked: Mapping[str, Any] | None) -> Health:
        try:
            if asked is None:
                self._api.read(path)
            else:
                self._api.ask(path, asked)
        except (NotSent, Lost) as trouble:
            return Health(name, ok=False, words=f"{what}：连不上微信（{trouble.code}）。")
        except Refusal as refusal:
            return Health(name, ok=False, words=f"{what}：{judge(refusal, self._clock.now()).words}")
        return Health(name, ok=True, words=f"{what}：访问凭证有效，接口可以调用。")

    def _submit(self, order: Order, diary: Diary, draft: str) -> Outcome:
        try:
            answer = self._api.ask("/cgi-bin/freepublish/submit", {"media_id": draft})
            publishing = word_in(answer, "publish_id")
        except NotSent as trouble:
            return unsent(trouble)
        except Lost as trouble:
            return Uncertain(trouble.code, "已经提交给微信发布，没有收到回答。")
        except Refusal as refusal:
            if refusal.code == NO_MEDIA:
                return Uncertain("draft_gone", "草稿已经不在草稿箱里：可能上一次提交已经成功。")
            return judge(refusal, order.now)
        diary.write(publishing=publishing)
        return _accepted(publishing)

    def _ask(self, publishing: str) -> dict[str, Any]:
        return self._api.ask("/cgi-bin/freepublish/get", {"publish_id": publishing}, "publish_status")

    def _article_of(self, external_id: str) -> str | None:
        """Return the id of the article that a publishing came to; None while it has not."""
        if not external_id.isdigit():
            return external_id
        outcome = _outcome(external_id, self._ask(external_id))
        if isinstance(outcome, Sent):
            return outcome.external_id if outcome.final else None
        raise Refusal(NO_ARTICLE, "nothing was published")

    def _find_gone(self, external_id: str) -> Sent | None:
        """Tell whether an article is no longer there; None if it still is."""
        try:
            article_id = self._article_of(external_id)
        except Refusal as refusal:
            if refusal.code != NO_ARTICLE:
                raise
            return Sent(external_id)
        if article_id is None:
            raise Unreachable("publishing")
        return None if self._news(article_id) else Sent(article_id)

    def _find_started(self, order: Order) -> Sent | None:
        """Tell whether something was handed in that is not out yet; None if it certainly was not."""
        if publishing := order.notes.get("publishing"):
            outcome = _outcome(publishing, self._ask(publishing))
            return outcome if isinstance(outcome, Sent) else None
        draft = order.notes.get("draft")
        if draft is None:
            return None
        try:
            self._api.ask("/cgi-bin/draft/get", {"media_id": draft}, "news_item")
        except Refusal as refusal:
            if refusal.code != NO_MEDIA:
                raise
            raise Unreachable("publishing") from refusal
        return None

    def _news(self, article_id: str) -> dict[str, Any] | None:
        try:
            answer = self._api.ask("/cgi-bin/freepublish/getarticle", {"article_id": article_id}, "news_item")
        except Refusal as refusal:
            if refusal.code == NO_ARTICLE:
                return None
            raise
        news = first_news(answer)
        return None if news.get("is_deleted") else news


def _accepted(publishing: str, ask_after_s: float = _ASK_AFTER_S) -> Sent:
    return Sent(publishing, final=False, ask_after_s=ask_after_s)


def _outcome(publishing: str, answer: Mapping[str, Any]) -> Sent | Refused | Uncertain:
    """Tell what an answer about a publishing means."""
    status = answer["publish_status"]
    if status == 1:
        return _accepted(publishing)
    if status in _VERDICTS:
        return Refused(f"publish_status_{status}", _VERDICTS[status])
    article_id = answer.get("article_id")
    if status != 0 or not isinstance(article_id, str) or not article_id:
        return Uncertain("not_understood", f"微信回答的发布状态看不懂（{status}）。")
    detail = answer.get("article_detail")
    items = detail.get("item") if isinstance(detail, dict) else None
    first = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    return Sent(article_id, _url(first, "article_url"), evidence={"publish_id": publishing})


def _url(news: Mapping[str, Any], name: str = "url") -> str | None:
    address = news.get(name)
    return address if isinstance(address, str) else None
