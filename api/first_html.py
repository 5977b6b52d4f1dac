"""The front page as plain HTML, element by element as the app draws it (App.vue, FeedView.vue, ArticleCard.vue).

Links are addresses within the app and lead there by themselves; what needs the app is disabled until it is there, since
a tap that is lost is worse than one that waits. No element has an id but the block, as the app's own come in its place.
Words are escaped by the templates they are put into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from backend.clock import SHANGHAI
from backend.feed.front import Front

Thing = Mapping[str, Any]

_TABS = ("news", "notices", "services", "community", "me")
_SHELF = (
    ("paper", "paper", "feed.paper"),
    ("bookmarks", "bookmark", "feed.bookmarks"),
    ("history", "clock", "feed.history"),
)
_SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The app's own drawings, as paths in a box of 24 by 24, and its Chinese words by their keys."""

    icons: Mapping[str, str]
    words: Mapping[str, str]

    def icon(self, name: str) -> Markup:
        """Draw an icon as AppIcon.vue does."""
        return Markup(
            '<svg viewBox="0 0 24 24" class="icon icon-{}" aria-hidden="true" focusable="false">'
            '<path d="{}"></path></svg>'
        ).format(name, self.icons[name])

    def say(self, key: str, **values: str) -> str:
        """Return the words for a key, with `{name}` replaced."""
        words = self.words[key]
        for name, value in values.items():
            words = words.replace(f"{{{name}}}", value)
        return words


@dataclass(frozen=True, slots=True)
class FirstView:
    """What there is to show at a moment."""

    now: datetime
    front: Front
    sections: Sequence[Thing]
    warnings: Sequence[Thing]
    lives: Sequence[Thing]


def write_first(view: FirstView, v: Vocabulary) -> Markup:
    """Write the block that stands in the app's place until the app is there."""
    return Markup(
        '<div id="first"><div class="stage"><div class="phone">{}{}'
        '<main class="screens" data-screen="news"><div class="feed"><h1 class="sr-only">{}</h1>{}{}{}{}</div></main>{}'
        "</div></div></div>"
    ).format(
        _bar(v),
        _warnings(view, v),
        v.say("tab.news"),
        _channels(view.sections, v),
        _strip(view, v),
        _lives(view.lives, v),
        _cards(view, v),
        _tabs(v),
    )


def _bar(v: Vocabulary) -> Markup:
    return Markup(
        '<header class="bar"><p class="brand"><span class="wordmark">{}</span><span class="of">{}</span></p>'
        '<p class="live" data-state="connecting" title="{}"><span class="live-dot" aria-hidden="true"></span>'
        '<span>{}</span></p><a class="bar-button" href="#/news/search" aria-label="{}">{}</a>'
        '<button class="bar-button" type="button" aria-label="EN {}" lang="en" disabled>EN</button></header>'
    ).format(
        v.say("app.name"),
        v.say("app.of"),
        v.say("live.connecting.long"),
        v.say("live.connecting"),
        v.say("nav.search"),
        v.icon("search"),
        v.say("app.lang"),
    )


def _tabs(v: Vocabulary) -> Markup:
    links = Markup("").join(
        Markup('<a href="#/{}"{}>{}<span>{}</span></a>').format(
            tab, Markup(' aria-current="page"') if tab == "news" else "", v.icon(tab), v.say(f"tab.{tab}")
        )
        for tab in _TABS
    )
    return Markup('<nav class="tabs" aria-label="{}">{}</nav>').format(v.say("nav.main"), links)


def _channels(sections: Iterable[Thing], v: Vocabulary) -> Markup:
    names = [v.say("feed.all"), v.say("feed.town"), *(section["name"] for section in sections)]
    chips = Markup("").join(
        Markup('<button type="button" class="chip" aria-pressed="{}" disabled>{}</button>').format(
            "false" if number else "true", name
        )
        for number, name in enumerate(names)
    )
    return Markup(
        '<div class="channels"><div class="chips" role="group" aria-label="{}">{}</div>'
        '<button type="button" class="bar-button" aria-label="{}" disabled>{}</button></div>'
    ).format(v.say("feed.channels"), chips, v.say("feed.edit"), v.icon("settings"))


# ── warnings ──


def _warnings(view: FirstView, v: Vocabulary) -> Markup:
    """Write the warnings in force, the gravest first. It is the app's own region that speaks to screen readers."""
    newest_first = sorted(
        view.warnings, key=lambda alert: (datetime.fromisoformat(alert["sent"]), alert["id"]), reverse=True
    )
    gravest_first = sorted(newest_first, key=_weight)
    written = Markup("").join(_warning(alert, view.now, v) for alert in gravest_first)
    return Markup('<div class="warnings" aria-label="{}">{}</div>').format(v.say("warning.title"), written)


def _weight(alert: Thing) -> int:
    return min(_SEVERITIES.index(info["severity"]) for info in alert["info"])


def _warning(alert: Thing, now: datetime, v: Vocabulary) -> Markup:
    chinese = (info for info in alert["info"] if info["language"].startswith("zh"))
    info = next(chinese, alert["info"][0])
    places = v.say("warning.and").join(area["areaDesc"] for area in info["area"])
    until = (
        Markup(" · {}").format(v.say("warning.until", time=_moment(alert["expires"], now))) if alert["expires"] else ""
    )
    said = Markup("").join(
        Markup("<p{}>{}</p>").format(Markup(' class="instruction"') if name == "instruction" else "", info[name])
        for name in ("description", "instruction")
        if info.get(name)
    )
    return Markup(
        '<section class="warning {}" lang="{}"><details><summary>{}<span class="told"><strong>{}</strong>'
        '</span></summary>{}<p class="from">{} · {}{}</p><a href="#/notices/alerts/{}">{}</a></details></section>'
    ).format(
        info["severity"].lower(),
        info["language"],
        v.icon("bell"),
        info.get("headline") or info["event"],
        said,
        alert["office"]["name"],
        places,
        until,
        alert["id"],
        v.say("warning.more"),
    )


# ── news ──


def _strip(view: FirstView, v: Vocabulary) -> Markup:
    rows = Markup("").join(
        Markup(
            '<li data-id="{0}"><a href="#/news/{0}"><span class="meta">{1}{2}</span>'
            '<strong lang="zh-CN">{3}</strong></a></li>'
        ).format(card["id"], _tag(card, v), _time(card, view.now), card["headline"])
        for card in view.front.strip
    )
    return Markup('<ul class="strip">{}</ul>').format(rows) if rows else rows


def _lives(lives: Iterable[Thing], v: Vocabulary) -> Markup:
    rows = Markup("").join(
        Markup(
            '<li><a href="#/news/live/{}">{}<span class="tag breaking">{}</span>'
            '<strong lang="zh-CN">{}</strong></a></li>'
        ).format(live["id"], v.icon("live"), v.say("live.on"), live["headline"])
        for live in lives
    )
    return Markup('<ul class="on-air" aria-label="{}">{}</ul>').format(v.say("feed.lives"), rows) if rows else rows


def _cards(view: FirstView, v: Vocabulary) -> Markup:
    names = {section["id"]: section["name"] for section in view.sections}

    def write(card: Thing, *, lead: bool = False) -> Markup:
        return _card(card, names.get(card["section"], ""), view.now, v, lead=lead)

    lead = "" if view.front.lead is None else write(view.front.lead, lead=True)
    shelf = Markup("").join(
        Markup('<a href="#/news/{}">{}{}</a>').format(place, v.icon(icon), v.say(words))
        for place, icon, words in _SHELF
    )
    rest = Markup("").join(map(write, view.front.rest))
    return Markup('<ul class="cards">{}<li class="shelf">{}</li>{}</ul>').format(lead, shelf, rest)


def _card(card: Thing, section: str, now: datetime, v: Vocabulary, *, lead: bool) -> Markup:
    cover = card["cover"]
    kinds = (" lead" if lead else "") + ("" if cover else " without-cover")
    summary = Markup('<p class="card-summary">{}</p>').format(card["summary"])
    corrected = Markup('<span class="tag plain">{}</span>').format(v.say("feed.corrected"))
    meta = Markup('<p class="meta">{}{}{}{}</p>').format(
        _tag(card, v),
        corrected if card["corrections"] else "",
        Markup("<span>{}</span>").format(section) if section else "",
        _time(card, now),
    )
    return Markup(
        '<li class="card{0}" data-id="{1}"><a href="#/news/{1}"><div class="card-text" lang="zh-CN">'
        "<{2}>{3}</{2}>{4}{5}</div>{6}</a></li>"
    ).format(
        kinds,
        card["id"],
        "h2" if lead else "h3",
        card["headline"],
        summary if card["summary"] and (lead or not cover) else "",
        meta,
        Markup('<div class="card-cover">{}</div>').format(_picture(cover, lead=lead)) if cover else "",
    )


def _tag(card: Thing, v: Vocabulary) -> Markup:
    """Write as BreakingTag.vue does what kind of breaking news it is."""
    if not card["breaking"]:
        return Markup("")
    kind, words = ("", "feed.breaking") if card["confirmed"] else (" unconfirmed", "feed.unconfirmed")
    return Markup('<span class="tag breaking{}">{}</span>').format(kind, v.say(words))


def _picture(media: Thing, *, lead: bool) -> Markup:
    """Write a picture as MediaPicture.vue does; its size is known beforehand, so that nothing jumps when it comes."""
    sources = [f"{each['url']} {each['width']}w" for each in media["renditions"]]
    if media["width"]:
        sources.append(f"{media['url']} {media['width']}w")
    sizes = {name: media[name] for name in ("width", "height") if media[name]}
    return Markup('<img sizes="{}"{}src="{}" alt=""{} loading="{}" fetchpriority="{}" decoding="async">').format(
        "(min-width: 480px) 480px, 100vw" if lead else "120px",
        Markup(' srcset="{}" ').format(", ".join(sources)) if sources else " ",
        media["url"],
        Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in sizes.items()),
        "eager" if lead else "lazy",
        "high" if lead else "auto",
    )


def _time(card: Thing, now: datetime) -> Markup:
    """Write a time that stays true however long the page lies there; the app counts how long ago it is."""
    return Markup('<time datetime="{}">{}</time>').format(card["published_at"], _moment(card["published_at"], now))


def _moment(at: str, now: datetime) -> str:
    """Write day and clock as `dateTime` of the app does."""
    local = datetime.fromisoformat(at).astimezone(SHANGHAI)
    year = "" if local.year == now.astimezone(SHANGHAI).year else f"{local.year}年"
    return f"{year}{local.month}月{local.day}日 {local:%H:%M}"
