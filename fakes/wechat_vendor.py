"""The endpoints that are WeChat's, with the rules it holds its callers to."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from typing import Any

from fakes.http_server import Answer, Call, json_answer
from fakes.trouble import Troubles
from fakes.wechat_checks import Refusal, article_of, json_of, page_of, picture_of
from fakes.wechat_store import Article, Publishing, Settings, Store

APP_ID, APP_SECRET = "wx0123456789abcdef", "a secret of the fake"
_CHINA = timezone(timedelta(hours=8))
_MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40005: "invalid file type",
    40007: "invalid media_id",
    40009: "invalid image size",
    40013: "invalid appid",
    40125: "invalid appsecret",
    40164: "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist",
    42001: "access_token expired",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    48001: "api unauthorized",
    53600: "Article ID 无效",
}
_STATISTICS = ("read_user", "share_user", "zaikan_user", "like_user", "comment_count", "collection_user")


class WechatVendor:
    """One official account, as its owner's servers reach it."""

    def __init__(self, url: str, troubles: Troubles, app_id: str = APP_ID, app_secret: str = APP_SECRET) -> None:
        self._url, self._troubles = url, troubles
        self._app_id, self._app_secret = app_id, app_secret
        self._store = Store()
        self._paths: dict[str, Callable[[Call], dict[str, Any]]] = {
            "/cgi-bin/material/add_material": self._add_material,
            "/cgi-bin/material/get_materialcount": self._count_materials,
            "/cgi-bin/media/uploadimg": self._upload_picture,
            "/cgi-bin/draft/add": self._add_draft,
            "/cgi-bin/draft/get": self._get_draft,
            "/cgi-bin/draft/batchget": self._list_drafts,
            "/cgi-bin/draft/count": lambda _: {"total_count": len(self._store.drafts)},
            "/cgi-bin/freepublish/submit": self._submit,
            "/cgi-bin/freepublish/get": self._ask,
            "/cgi-bin/freepublish/batchget": self._list_articles,
            "/cgi-bin/freepublish/getarticle": self._get_article,
            "/cgi-bin/freepublish/delete": self._delete,
            "/datacube/getarticletotaldetail": self._statistics,
        }

    @property
    def settings(self) -> Settings:
        """What a test may set."""
        return self._store.settings

    @property
    def store(self) -> Store:
        """What is remembered."""
        return self._store

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        with self._store.lock:
            try:
                if call.path == "/cgi-bin/stable_token":
                    return json_answer(200, self._issue_token(call))
                if call.path == "/s":
                    return self._page(call)
                handle = self._paths.get(call.path)
                if handle is None:
                    return json_answer(404, {"errcode": 404, "errmsg": "not found"})
                self._check(call)
                return json_answer(200, handle(call))
            except Refusal as refusal:
                return self.refusal(refusal.code)

    def refusal(self, code: int) -> Answer:
        """Write an error as the vendor does: with a status that says all is well."""
        return json_answer(200, {"errcode": code, "errmsg": f"{_MESSAGES.get(code, 'refused')} rid: 1-2-3"})

    def posts(self) -> list[dict[str, Any]]:
        """Return all articles that were ever out, oldest first."""
        with self._store.lock:
            return [
                {
                    "id": article.id,
                    "title": article.news["title"],
                    "author": article.news["author"],
                    "digest": article.news["digest"],
                    "text": unescape(re.sub(r"<[^>]+>", "", article.news["content"])),
                    "html": article.news["content"],
                    "source": article.news["content_source_url"],
                    "thumb": article.news["thumb_media_id"],
                    "deleted": article.deleted,
                }
                for article in self._store.articles.values()
            ]

    def alter(self, post_id: str, text: str) -> None:
        """Put other words in the place of an article's."""
        with self._store.lock:
            self._store.articles[post_id].news["content"] = f"<p>{text}</p>"

    def reset(self) -> None:
        """Forget everything but the tokens."""
        self._store.clear()

    def _issue_token(self, call: Call) -> dict[str, Any]:
        asked = json_of(call)
        if not self.settings.allowed_ip:
            raise Refusal(40164)
        if asked.get("grant_type") != "client_credential" or asked.get("appid") != self._app_id:
            raise Refusal(40013)
        if asked.get("secret") != self._app_secret:
            raise Refusal(40125)
        token, lasts = self._store.tokens.issue(
            self._store.now(), self.settings.token_life_s, force=asked.get("force_refresh") is True
        )
        return {"access_token": token, "expires_in": lasts}

    def _check(self, call: Call) -> None:
        if problem := self._store.tokens.problem(call.query.get("access_token", ""), self._store.now()):
            raise Refusal(problem)
        if call.path in self.settings.forbidden:
            raise Refusal(48001)
        left = self.settings.quota.get(call.path)
        if left is not None:
            if left <= 0:
                raise Refusal(45009)
            self.settings.quota[call.path] = left - 1

    def _count_materials(self, _call: Call) -> dict[str, Any]:
        return {"voice_count": 0, "video_count": 0, "image_count": len(self._store.materials), "news_count": 0}

    def _add_material(self, call: Call) -> dict[str, Any]:
        data = picture_of(call, {"jpeg", "png", "gif", "bmp"})
        media_id = secrets.token_urlsafe(32)
        self._store.materials[media_id] = data
        return {"media_id": media_id, "url": f"{self._url}/mmbiz/{media_id}", "item": []}

    def _upload_picture(self, call: Call) -> dict[str, Any]:
        data = picture_of(call, {"jpeg", "png"})
        url = f"{self._url}/mmbiz/{secrets.token_urlsafe(32)}/0"
        self._store.pictures[url] = data
        return {"url": url, "errcode": 0, "errmsg": "ok"}

    def _add_draft(self, call: Call) -> dict[str, Any]:
        articles = json_of(call).get("articles")
        if not isinstance(articles, list) or len(articles) != 1:
            raise Refusal(44003)
        media_id = secrets.token_urlsafe(32)
        self._store.drafts[media_id] = article_of(articles[0], self._store.materials, self._store.pictures)
        return {"media_id": media_id, "item": []}

    def _get_draft(self, call: Call) -> dict[str, Any]:
        draft = self._store.drafts.get(json_of(call).get("media_id", ""))
        if draft is None:
            raise Refusal(40007)
        return {"news_item": [draft]}

    def _list_drafts(self, call: Call) -> dict[str, Any]:
        newest = list(reversed(self._store.drafts.items()))
        page = newest[page_of(call)]
        items = [
            {"media_id": media_id, "content": {"news_item": [news]}, "update_time": int(self._store.now())}
            for media_id, news in page
        ]
        return {"total_count": len(newest), "item_count": len(items), "item": items}

    def _submit(self, call: Call) -> dict[str, Any]:
        media_id = json_of(call).get("media_id", "")
        if media_id not in self._store.drafts:
            raise Refusal(40007)
        draft = self._store.drafts[media_id]
        draft["content"] = self._troubles.altered(call.path, draft["content"])
        job = self._store.start(media_id)
        return {"errcode": 0, "errmsg": "ok", "publish_id": job.id, "msg_data_id": str(job.message)}

    def _ask(self, call: Call) -> dict[str, Any]:
        job = self._store.publishings.get(str(json_of(call).get("publish_id", "")))
        if job is None:
            raise Refusal(53502)
        if job.polls_left > 0:
            self._store.poll(job)
            return {"publish_id": job.id, "publish_status": 1, "fail_idx": []}
        return self._result(job)

    def _result(self, job: Publishing) -> dict[str, Any]:
        article = self._store.articles.get(job.article or "")
        if article is None or job.verdict != 0:
            fail = [1] if job.verdict in {2, 4} else []
            return {"publish_id": job.id, "publish_status": job.verdict, "fail_idx": fail}
        if article.deleted:
            return {"publish_id": job.id, "publish_status": 5, "fail_idx": []}
        return {
            "publish_id": job.id,
            "publish_status": 0,
            "article_id": article.id,
            "article_detail": {"count": 1, "item": [{"idx": 1, "article_url": self._url_of(article)}]},
            "fail_idx": [],
        }

    def _list_articles(self, call: Call) -> dict[str, Any]:
        newest = list(reversed(self._store.articles.values()))
        page = newest[page_of(call)]
        with_content = json_of(call).get("no_content") != 1
        items = [
            {
                "article_id": one.id,
                "update_time": int(one.at),
                "content": {"news_item": [self._shown(one, with_content=with_content)]},
            }
            for one in page
        ]
        for job in self._store.publishings.values():
            if job.polls_left > 0:
                self._store.poll(job)
        return {"total_count": len(newest), "item_count": len(items), "item": items}

    def _get_article(self, call: Call) -> dict[str, Any]:
        article = self._store.articles.get(json_of(call).get("article_id", ""))
        if article is None:
            raise Refusal(53600)
        return {"news_item": [self._shown(article, with_content=True)]}

    def _shown(self, article: Article, *, with_content: bool) -> dict[str, Any]:
        content = article.news["content"] if with_content else ""
        return article.news | {"content": content, "url": self._url_of(article), "is_deleted": article.deleted}

    def _delete(self, call: Call) -> dict[str, Any]:
        article = self._store.articles.get(json_of(call).get("article_id", ""))
        if article is None or article.deleted:
            raise Refusal(53600)
        article.deleted = True
        return {"errcode": 0, "errmsg": "ok"}

    def _statistics(self, call: Call) -> dict[str, Any]:
        asked = json_of(call)
        begin, end = str(asked.get("begin_date")), str(asked.get("end_date"))
        yesterday = self._day(self._store.now() - 86_400)
        if not begin <= end <= yesterday:
            raise Refusal(61501)
        return {
            "list": [
                {
                    "ref_date": self._day(article.at),
                    "msgid": f"{article.message}_1",
                    "title": article.news["title"],
                    "content_url": self._url_of(article),
                    "publish_type": 1,
                    # Each row counts from the first day on, so the last is what there is now.
                    "detail_list": [
                        {"stat_date": self._day(article.at), **dict.fromkeys(_STATISTICS, 0)},
                        {"stat_date": yesterday, **dict.fromkeys(_STATISTICS, 0), **article.counters},
                    ],
                }
                for article in self._store.articles.values()
                if begin <= self._day(article.at) <= end
            ],
            "is_delay": False,
        }

    def _day(self, at: float) -> str:
        return datetime.fromtimestamp(at, UTC).astimezone(_CHINA).date().isoformat()

    def _url_of(self, article: Article) -> str:
        return f"{self._url}/s?__biz=MzA&mid={article.message}&idx=1&sn={article.id[:16]}#rd"

    def _page(self, call: Call) -> Answer:
        """Show an article as a reader sees it, for whoever clicks on its address in the demo."""
        wanted = call.query.get("mid")
        found = [one for one in self._store.articles.values() if str(one.message) == wanted and not one.deleted]
        page = f"<h1>{found[0].news['title']}</h1>{found[0].news['content']}" if found else "该内容已被发布者删除"
        return Answer(200, page.encode(), content_type="text/html; charset=utf-8")
