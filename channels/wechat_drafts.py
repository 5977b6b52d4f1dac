"""From a rendition to a draft in the account's box: pictures first, then the article. Nothing of it is public."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backend.publishing.channel import NOTICE, Order, Shelf
from channels.http import objects_in, word_in
from channels.pictures import fitted, plain
from channels.wechat_api import NO_MEDIA, PAGE, Refusal, WechatApi, first_news
from channels.wechat_article import compose, pictures_of

_TYPES = {"image/jpeg", "image/png"}
# A correction shows no picture of its story: it may be the picture that was wrong.
_NOTICE_COVER = ("notice", (900, 383, "#8a1f11"))


class Diary:
    """What this try adds to what earlier ones wrote down. Each entry renews the lease."""

    def __init__(self, order: Order) -> None:
        self._keep = order.keep
        self.known = dict(order.notes)

    def write(self, **more: Any) -> None:
        """Write something down, or only renew the lease."""
        self.known |= more
        self._keep(dict(self.known))


class Drafts:
    """Writes drafts for one account."""

    def __init__(self, api: WechatApi, shelf: Shelf) -> None:
        self._api, self._shelf = api, shelf

    def write(self, order: Order, diary: Diary) -> str:
        """Upload the pictures and write the draft, or find the one that was written when the line broke.

        Raises:
            NotSent, Lost, Refusal: WeChat's trouble; nothing is published.
            Unreadable: a picture cannot be opened.
        """
        if diary.known.get("drafting") and (found := self._find_draft(order)):
            return found
        urls = {media_id: self._upload_picture(order, media_id, diary) for media_id in pictures_of(order)}
        article = compose(order, urls.__getitem__)
        content = {
            "article_type": "news",
            "title": article.title,
            "author": article.author,
            "digest": article.digest,
            "content": article.content,
            "content_source_url": order.story.link,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
        }
        cover = self._upload_cover(order, diary, fresh=False)
        diary.write(drafting=True)
        try:
            return self._add_draft(content, cover)
        except Refusal as refusal:
            if refusal.code != NO_MEDIA:
                raise
        # The cover that we uploaded for an earlier article was deleted on the platform's pages.
        return self._add_draft(content, self._upload_cover(order, diary, fresh=True))

    def _add_draft(self, content: Mapping[str, Any], cover: str) -> str:
        added = self._api.ask("/cgi-bin/draft/add", {"articles": [{**content, "thumb_media_id": cover}]})
        return word_in(added, "media_id")

    def _find_draft(self, order: Order) -> str | None:
        page = self._api.ask("/cgi-bin/draft/batchget", {"offset": 0, "count": PAGE, "no_content": 1})
        for item in objects_in(page.get("item", [])):
            if order.mark in str(first_news(item.get("content")).get("content_source_url")):
                return word_in(item, "media_id")
        return None

    def _upload_picture(self, order: Order, media_id: str, diary: Diary) -> str:
        if known := self._shelf.uploaded(media_id, "body"):
            return known
        diary.write()
        picture = fitted(order.read_file(media_id), _TYPES)
        url = self._api.upload("/cgi-bin/media/uploadimg", picture, "url")
        self._shelf.keep_upload(media_id, "body", url)
        return url

    def _upload_cover(self, order: Order, diary: Diary, *, fresh: bool) -> str:
        if order.action == NOTICE:
            media_id, purpose = _NOTICE_COVER[0], "cover"
        else:
            cover = order.fields["cover"]
            crop = cover.get("crop")
            media_id, purpose = cover["media"], "cover" + (json.dumps(crop, sort_keys=True) if crop else "")
        if not fresh and (known := self._shelf.uploaded(media_id, purpose)):
            return known
        diary.write()
        if order.action == NOTICE:
            picture = plain(*_NOTICE_COVER[1])
        else:
            picture = fitted(order.read_file(media_id), _TYPES, crop)
        name = self._api.upload("/cgi-bin/material/add_material", picture, "media_id", type="image")
        self._shelf.keep_upload(media_id, purpose, name)
        return name
