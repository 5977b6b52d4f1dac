"""What WeChat's errors mean for a publication, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from backend.clock import SHANGHAI
from backend.publishing.channel import Refused, Retry
from channels.http import Lost, NotSent
from channels.wechat_api import BAD_TOKEN, Refusal

_IP = re.compile(r"\binvalid ip ([0-9a-fA-F.:]+)")
# What the editor has to change, and where; an empty field means that it is nothing of the rendition.
_CONTENT: dict[int, tuple[str, str]] = {
    40005: ("body", "微信不收这种格式的图片，请换成 JPG 或 PNG。"),
    40006: ("body", "有图片的文件大小不合微信的规定，请换一张。"),
    40007: ("cover", "微信找不到封面图片，请重新选择封面。"),
    40009: ("body", "有图片太大，微信不收，请换一张小的。"),
    40137: ("body", "微信不收这种格式的图片，请换成 JPG 或 PNG。"),
    40227: ("title", "标题是空的，请写上标题。"),
    44003: ("body", "正文是空的，请写上正文。"),
    45002: ("body", "正文超过了微信的长度限制，请删短。"),
    45003: ("title", "标题超过了微信的长度限制，请改短。"),
    45004: ("digest", "摘要超过了微信的长度限制，请改短。"),
    45005: ("", "“阅读原文”的链接太长，微信不收，请联系管理员。"),
    45110: ("", "作者署名超过了微信的长度限制，请联系管理员。"),
    45166: ("body", "正文里有微信不收的内容，请检查链接和特殊格式。"),
    53503: ("", "草稿没有通过微信的发布检查，请检查标题、封面和正文。"),
    53504: ("", "这篇草稿要到微信公众平台的网页上发布。"),
    53505: ("", "这篇草稿要先到微信公众平台的网页上手动保存，再发布。"),
}
_ACCOUNT: dict[int, str] = {
    40001: "微信不认这个 AppSecret，请管理员检查设置。",
    40013: "微信不认这个 AppID，请管理员检查设置。",
    40125: "微信不认这个 AppSecret，请管理员检查设置。",
    40243: "AppSecret 被冻结了，请管理员到微信公众平台解冻。",
    41002: "没有设置 AppID，请管理员检查设置。",
    41004: "没有设置 AppSecret，请管理员检查设置。",
    48001: "公众号没有调用这个接口的权限，请管理员到微信公众平台的“接口权限”里查看；没有认证的账号不能用接口发布。",
    48004: "公众号的这个接口被微信封禁了，请管理员到微信公众平台查看。",
    50002: "公众号受到微信的限制，请管理员到微信公众平台查看。",
    53500: "公众号的发布功能被微信封禁了，请管理员到微信公众平台查看。",
}


def _midnight(now: datetime) -> datetime:
    tomorrow = now.astimezone(SHANGHAI) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)


# What passes by itself: the words, and until when nothing at all should be sent.
_BUSY: dict[int, tuple[str, Callable[[datetime], datetime] | None]] = {
    -1: ("微信系统繁忙，稍后再发。", None),
    45009: ("公众号今天的调用次数用完了，等到明天零点再发。", _midnight),
    45011: ("调用微信太频繁，一分钟后再发。", lambda now: now + timedelta(minutes=1)),
    53501: ("发布得太频繁，微信要求过一会儿再发。", lambda now: now + timedelta(minutes=10)),
}


def judge(refusal: Refusal, now: datetime) -> Retry | Refused:
    """Tell whether trying again helps, and what to change where it does not."""
    code, name = refusal.code, f"wechat_{refusal.code}"
    if code in _BUSY:
        words, until = _BUSY[code]
        return Retry(name, words, until(now) if until else None, whole_channel=until is not None)
    if code in BAD_TOKEN and not refusal.at_token:
        # It was fetched a moment ago. Somebody else refreshes it by force, and that will pass or be noticed.
        return Retry(name, "微信不认刚换的访问凭证，可能有别的系统也在刷新它，稍后再发。")
    field, words = _CONTENT.get(code) or ("", _ACCOUNT.get(code) or _other(refusal))
    return Refused(name, words, field or None)


def unsent(trouble: NotSent | Lost) -> Retry:
    """Say that nothing was published, as nothing that publishes was called."""
    if isinstance(trouble, NotSent):
        return Retry(trouble.code, "连不上微信，什么都没有发出，稍后再发。")
    return Retry(trouble.code, "上传到微信时断了线，还没有发布，稍后再发。")


def _other(refusal: Refusal) -> str:
    if refusal.code == 40164:
        found = _IP.search(refusal.message)
        address = f" {found[1]}" if found else ""
        return f"微信的 IP 白名单里没有本机的地址{address}，请管理员到微信公众平台加上。"
    return f"微信不收这篇稿件（错误码 {refusal.code}）：{refusal.message[:100]}"
