"""WeChat's statistics of articles, by day of publication.

`getarticletotaldetail` took the place of `getarticletotal`, and knows what was published without being sent to all
followers. It names an article by its message and place, `2247490098_1`, and not by its id. The first number is the
`msg_data_id` of the publishing, and both stand in the article's address as `mid` and `idx`: that is what WeChat does,
and nowhere promised. An article whose address has none gets no counters. They are of readers, not of readings, and
end thirty days after publication.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from backend.clock import local_day
from backend.publishing.channel import Sample
from channels.http import objects_in, word_in
from channels.wechat_api import WechatApi, first_news

_PAGES = 20
_METRICS = {"read_user": "read", "like_user": "like", "comment_count": "comment", "share_user": "share"}


def samples(api: WechatApi, article_ids: Iterable[str], today: date) -> list[Sample]:
    """Read the counters of articles among the newest four hundred that came out before today.

    Raises:
        NotSent, Lost, Refusal: WeChat gave no answer.
    """
    names, days = _statistic_names(api, set(article_ids))
    return [
        Sample(names[str(row["msgid"])], metric, newest[name])
        for day in sorted(days)
        if day < today
        for row in _rows(api, day)
        if str(row.get("msgid")) in names and (newest := _newest(row))
        for name, metric in _METRICS.items()
        if isinstance(newest.get(name), int)
    ]


def _statistic_names(api: WechatApi, wanted: set[str]) -> tuple[dict[str, str], set[date]]:
    """Return what the statistics call the wanted articles, and the days on which they came out."""
    names: dict[str, str] = {}
    days: set[date] = set()
    for item in api.articles(_PAGES):
        article_id, at = word_in(item, "article_id"), item.get("update_time")
        if article_id in wanted:
            wanted.discard(article_id)
            query = parse_qs(urlsplit(unescape(str(first_news(item.get("content")).get("url")))).query)
            if "mid" in query and "idx" in query and isinstance(at, int):
                names[f"{query['mid'][0]}_{query['idx'][0]}"] = article_id
                days.add(local_day(datetime.fromtimestamp(at, UTC)))
        if not wanted:
            break
    return names, days


def _rows(api: WechatApi, day: date) -> list[dict[str, Any]]:
    asked = {"begin_date": day.isoformat(), "end_date": day.isoformat()}
    return objects_in(api.ask("/datacube/getarticletotaldetail", asked).get("list"))


def _newest(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the last day's counters, which count from the day of publication on."""
    return max(objects_in(row.get("detail_list")), key=lambda day: str(day.get("stat_date")), default={})
