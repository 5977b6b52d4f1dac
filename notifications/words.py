"""What bells say: in plain Chinese, in the large and plain words of 长辈版, and in English.

Headlines are the newsroom's and stay as they are, but for a translation where the newsroom wrote one. Everything about
somebody's own matters has discreet words as well, which give nothing away to the vendor who carries them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from backend.clock import SHANGHAI
from backend.feed.models import Article
from backend.inbox.actions import Words
from backend.inbox.models import Bell
from backend.inbox.rules import Kind

_OPEN = ("点开查看", "点一下就能看", "Tap to read")


def breaking(article: Article) -> Words:
    """Say breaking news."""
    # Many write the word into the headline themselves; it is not said twice.
    headline = article.headline.removeprefix("快讯：")
    return _of_article(article, headline, ("快讯", "重要消息", "Breaking"))


def correction(article: Article) -> Words:
    """Say that an article has been corrected."""
    return _of_article(article, article.headline, ("更正", "刚才的消息有改动", "Correction"))


def followed(article: Article) -> Words:
    """Say that there is an article about something somebody follows."""
    return _of_article(article, article.headline, ("您关注的", "您关注的消息", "You follow this"))


def _of_article(article: Article, headline: str, marks: tuple[str, str, str]) -> Words:
    english = (article.translations or {}).get("en") or {}
    return Words(
        f"{marks[0]}｜{headline}",
        article.summary,
        {
            "elder": (f"{marks[1]}：{headline}", article.summary),
            "en": (f"{marks[2]} | {english.get('headline') or headline}", english.get("summary") or article.summary),
        },
    )


def notice(title: str, *, corrected: bool = False) -> Words:
    """Say that an office has published a notice, or a later version of it."""
    marks = ("公告更正", "政府通知有改动", "Notice corrected") if corrected else ("公告", "政府通知", "Notice")
    return Words(
        f"{marks[0]}｜{title}",
        "点开查看全文",
        {"elder": (f"{marks[1]}：{title}", _OPEN[1]), "en": (f"{marks[2]} | {title}", "Tap to read it in full")},
    )


def warning(plain: Mapping[str, str], english: Mapping[str, str] | None) -> Words:
    """Say a warning: what it says itself, in the languages that it is written in."""
    title, text = plain["title"], plain["text"]
    variants = {"elder": (title.replace("｜", "：", 1), text)}
    if english:
        variants["en"] = (english["title"], english["text"])
    return Words(title, text, variants)


# What a citizen reads when a case of theirs takes a step: in plain words, in words for elders, in English.
STEPS: Mapping[str, tuple[str, str, str]] = {
    "accepted": ("已受理", "有人接手了", "was accepted"),
    "declined": ("未予受理，请查看原因", "没有受理，点开看看原因", "was not accepted; see why"),
    "assigned": ("已派给承办单位", "已经交给负责的单位", "was sent to the office in charge"),
    "taken": ("承办单位已签收，正在办理", "负责的单位正在办", "is being worked on"),
    "replied": ("有了答复，请查看并评价", "有答复了，请看一看满不满意", "was answered; please rate the answer"),
    "resolved": ("已办结", "已经办好了", "is done"),
    "supervised": ("已由督办人员跟进", "有专人在催办", "is being supervised"),
    "messaged": ("有新的留言", "有人给您留言了", "has a new message"),
    "answered": ("有了答复，请查看并确认", "有答复了，请看一看对不对", "was answered; please confirm"),
    "decided": ("已派给承办单位", "已经交给负责的单位", "was sent to the office in charge"),
    "asked": ("需要您补充情况，计时已暂停", "要请您再说一说情况", "needs more from you; the clock stands still"),
    "extended": ("办理期限延长，请查看原因", "要多等几天，点开看看原因", "will take longer; see why"),
    "found_complex": (
        "按疑难件办理，期限有调整",
        "这件事比较难办，要多等几天",
        "is a difficult case; its due date has changed",
    ),
    "joined": ("有协办单位参与办理", "有别的单位来帮忙办", "has another office helping"),
    "merged": ("已与同一事项合并办理", "和别人说的同一件事一起办了", "was joined with another about the same"),
    "redated": ("办理期限重新核定", "办理的日子有变化", "has a new due date"),
    "callback_due": ("答复已满七天，将电话回访您", "过几天会打电话问您满不满意", "will be asked about by telephone"),
    "called_back": ("已回访办结", "电话问过您了，这件事办完了", "is closed after the call"),
    "redone": ("退回承办单位重办", "没办好，叫他们重新办", "goes back to be done again"),
    "reviewed": ("评价已核查，请查看结果", "您的评价有回音了", "had its rating reviewed"),
}
# Steps that wait for the citizen, or end what they wait for: told by text message where nothing else rings.
FOR_SMS = frozenset({"asked", "answered", "replied", "resolved", "declined"})


def step(code: str, verb: str) -> Words:
    """Say a step of a citizen's case."""
    plain, elder, english = STEPS[verb]
    return Words(
        f"诉求 {code} {plain}",
        "点开查看办理进度",
        {
            "elder": (f"您反映的事（{code}）{elder}", _OPEN[1]),
            "en": (f"Request {code} {english}", "Tap to see how it stands"),
        },
    )


def twin(code: str, *, shown: bool) -> Words:
    """Say what became of the public version of a case."""
    told = (
        ("已公开，姓名、号码和门牌都已隐去", "已经公开，看不出是谁") if shown else ("没有公开，请查看原因", "没有公开")
    )
    english = "is public now, without names, numbers and doors" if shown else "was not made public; see why"
    return Words(
        f"诉求 {code} {told[0]}",
        "点开查看公开的内容",
        {"elder": (f"您反映的事（{code}）{told[1]}", _OPEN[1]), "en": (f"Request {code} {english}", _OPEN[2])},
    )


def public_request(title: str) -> Words:
    """Say that a public request somebody follows has moved on."""
    return Words(
        f"您关注的诉求有进展｜{title}",
        "点开查看",
        {"elder": (f"您关注的事有消息了：{title}", _OPEN[1]), "en": (f"A request you follow | {title}", _OPEN[2])},
    )


def live_entry(headline: str, text: str, *, corrected: bool = False) -> Words:
    """Say what matters of a live blog somebody follows, or that it has been corrected."""
    marks = ("直播更正", "直播里有改动", "Live, corrected") if corrected else ("直播", "您关注的直播", "Live")
    return Words(
        f"{marks[0]}｜{headline}",
        text or _OPEN[0],
        {
            "elder": (f"{marks[1]}：{headline}", text or _OPEN[1]),
            "en": (f"{marks[2]} | {headline}", text or _OPEN[2]),
        },
    )


def reply() -> Words:
    """Say that somebody has answered a comment. It repeats nothing of it: the answer may be taken away again."""
    return Words(
        "有人回复了您的评论",
        _OPEN[0],
        {"elder": ("有人回了您的话", _OPEN[1]), "en": ("Somebody has replied to your comment", _OPEN[2])},
    )


# What a citizen reads when a tip of theirs takes a step: in plain words, in words for elders, in English.
TIP_STEPS: Mapping[str, tuple[str, str, str]] = {
    "taken": ("已采用为新闻线索，谢谢您", "有用，记者接手了，谢谢您", "has become a lead; thank you"),
    "asked": ("记者有问题请教您", "记者想请您再说一说", "has a question from a reporter"),
    "published": ("已见报，点开看报道", "上新闻了，点开看看", "is in the news; see the article"),
    "closed": ("这次没有采用，请查看原因", "这次没有用上，点开看看原因", "was not used this time; see why"),
}


def tip(code: str, verb: str) -> Words:
    """Say a step of a citizen's tip."""
    plain, elder, english = TIP_STEPS[verb]
    return Words(
        f"报料 {code} {plain}",
        "点开查看进展",
        {
            "elder": (f"您的报料（{code}）{elder}", _OPEN[1]),
            "en": (f"Tip {code} {english}", "Tap to see how it stands"),
        },
    )


_GATHERING: Mapping[str, tuple[str, str, str]] = {
    "let_in": ("有名额了，您已报上名", "有位置了，您报上名了", "You have a place now"),
    "cancelled": ("活动取消", "活动不办了", "Called off"),
    "remind": ("明天的活动", "明天有活动，别忘了", "Tomorrow"),
}


def gathering(title: str, place: str, starts_at: datetime, what: str) -> Words:
    """Tell somebody who signed up for a gathering that there is a place, that it is tomorrow, or called off."""
    plain, elder, english = _GATHERING[what]
    at = starts_at.astimezone(SHANGHAI)
    where = f"{at.month}月{at.day}日{at:%H:%M}，{place}"
    return Words(
        f"{plain}｜{title}",
        where,
        {"elder": (f"{elder}：{title}", where), "en": (f"{english} | {title}", f"{at:%d %b %H:%M}, {place}")},
    )


_TRUST: Mapping[str, tuple[str, str, str]] = {
    "asked": ("有家人请求代您办事，请确认", "家里人想帮您办事，请点开看看", "A relative asks to act for you"),
    "accepted": ("亲属代办授权已生效", "家里人可以帮您办事了", "You may act for your relative now"),
    "ended": ("亲属代办授权已结束", "家里人不再帮您办事了", "Acting for a relative has ended"),
}


def trust(verb: str) -> Words | None:
    """Say that acting for a relative was asked for, agreed to or ended; None for what is nobody's news."""
    if verb not in _TRUST:
        return None
    plain, elder, english = _TRUST[verb]
    where = "点开“我的—亲属代办”查看"
    return Words(plain, where, {"elder": (elder, _OPEN[1]), "en": (english, _OPEN[2])})


def plain(title: str, text: str) -> Words:
    """Say something of the house's own, which is in Chinese for everybody."""
    return Words(title, text)


# ── on the way to the phone ──

_DISCREET: Mapping[str, Mapping[str, tuple[str, str]]] = {
    Kind.REQUEST: {
        "zh-CN": ("您的诉求有新进展", _OPEN[0]),
        "elder": ("您反映的事有消息了", _OPEN[1]),
        "en": ("Your request has moved on", _OPEN[2]),
    },
    Kind.HOUSE: {
        "zh-CN": ("您有一条新消息", _OPEN[0]),
        "elder": ("您有一条新消息", _OPEN[1]),
        "en": ("You have a new message", _OPEN[2]),
    },
}


# The same for matters of one's own that are no requests, by what they are about.
_DISCREET_OF: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "tip": {
        "zh-CN": ("您的报料有新进展", _OPEN[0]),
        "elder": ("您的报料有消息了", _OPEN[1]),
        "en": ("Your tip has moved on", _OPEN[2]),
    },
    "gathering": {
        "zh-CN": ("您报名的活动有新消息", _OPEN[0]),
        "elder": ("您报名的活动有消息了", _OPEN[1]),
        "en": ("News of what you signed up for", _OPEN[2]),
    },
}


def said(bell: Bell, variant: str) -> tuple[str, str]:
    """Return a bell's title and text in a wording."""
    other = (bell.variants or {}).get(variant)
    return (other["title"], other["text"]) if other else (bell.title, bell.text)


def said_in_push(bell: Bell, variant: str, push_words: str) -> tuple[str, str]:
    """Return what a push may show of a bell: of somebody's own matters no more than they chose to let out."""
    own = _DISCREET_OF.get(bell.about_kind) or _DISCREET.get(bell.kind)
    discreet = own if bell.account_id is not None else None
    if discreet is None or push_words == "full":
        return said(bell, variant)
    return ("", "") if push_words == "silent" else discreet[variant]


_ELSEWHERE = {
    "zh-CN": "请打开客户端查看，或拨打 12345 查询",
    "elder": "请打开客户端看看，或打 12345 问一问",
    "en": "Open the app, or call 12345",
}


def said_in_text(bell: Bell, variant: str, push_words: str) -> tuple[str, str]:
    """Return what a text message says: the same as a push, and where to go, as there is nothing in it to open."""
    shown = "discreet" if push_words == "silent" else push_words
    return said_in_push(bell, variant, shown)[0], _ELSEWHERE[variant]


_DIGEST = {"zh-CN": "您有 {n} 条消息", "elder": "有 {n} 条消息等您看", "en": "{n} messages for you"}


def digest(bells: Sequence[Bell], variant: str, push_words: str) -> tuple[str, str]:
    """Say several bells at once: how many, and what the first of them are."""
    titles = [title for title, _ in (said_in_push(bell, variant, push_words) for bell in bells) if title]
    return _DIGEST[variant].format(n=len(bells)), "；".join(dict.fromkeys(titles[:3]))
