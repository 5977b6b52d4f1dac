"""What Weibo's errors mean for a publication, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from backend.publishing.channel import Refused, Retry, Uncertain
from channels.weibo_api import Refusal

# The text is one of those that were posted before.
REPEATED = {20017, 20019, 20111}
NO_POST = 20101


def _next_hour(now: datetime) -> datetime:
    """Return when the hour is over, by which Weibo counts calls."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


# What passes by itself: the words, and until when nothing at all should be sent.
_BUSY: dict[int, tuple[str, Callable[[datetime], datetime] | None]] = {
    10002: ("微博服务暂停，稍后再发。", None),
    10009: ("微博系统繁忙，稍后再发。", None),
    10022: ("本机调用微博的次数超过了一小时的限额，到整点再发。", _next_hour),
    10023: ("账号调用微博的次数超过了一小时的限额，到整点再发。", _next_hour),
    10024: ("账号调用这个接口的次数超过了一小时的限额，到整点再发。", _next_hour),
    20016: ("发微博太频繁，十分钟后再发。", lambda now: now + timedelta(minutes=10)),
}
# What went wrong behind the interface, perhaps after the post was out. 20032 even says that it is.
_UNCLEAR: dict[int, str] = {
    10001: "微博系统出错，不知道发出没有。",
    10003: "微博的后台服务出错，不知道发出没有。",
    10010: "微博处理超时，不知道发出没有。",
    10011: "微博的后台调用出错，不知道发出没有。",
    20032: "微博说已经收下，要过一两分钟才看得到。",
}
# What the editor has to change, and where.
_CONTENT: dict[int, tuple[str, str]] = {
    10017: ("text", "微博不收这段文字：里面要有本平台的链接，不能有“#话题#”。"),
    10018: ("images", "图片太大，微博不收，请换一张小的。"),
    20005: ("images", "微博不收这种格式的图片，请换成 JPG、PNG 或 GIF。"),
    20006: ("images", "图片太大，微博不收，请换一张小的。"),
    20008: ("text", "微博是空的，请写上文字。"),
    20012: ("text", "微博超过了 140 个字，请删短。"),
    20013: ("text", "微博超过了长度限制，请删短。"),
    20018: ("text", "微博说文字里有不许发的网址，请去掉。"),
    20020: ("text", "微博说文字里有广告，请修改。"),
    20021: ("text", "微博说文字里有不许发的内容，请修改后重新送审。"),
}
_RENEW = "请管理员重新授权，换一个访问凭证。"
_ACCOUNT: dict[int, str] = {
    10004: "微博不许本机的 IP 调用，请管理员到微博开放平台查看。",
    10005: "应用没有调用这个接口的权限，请管理员到微博开放平台申请。",
    10006: "微博不认这个应用，请管理员检查设置。",
    10013: "微博账号不可用，请管理员查看。",
    10014: "应用没有调用这个接口的权限，请管理员到微博开放平台申请。",
    20003: "微博账号不存在，请管理员检查设置。",
    20014: "微博的安全检查没有通过，请管理员查看账号。",
    20015: "微博认为账号、IP 或应用有异常，请管理员查看。",
    20022: "微博认为本机的 IP 行为异常，请管理员查看。",
    20031: "微博要求输入验证码，请渠道运营登录微博处理。",
    20102: "这条微博不是本账号发的，不能删除。",
    21301: f"微博认证失败，{_RENEW}",
    21314: f"访问凭证已经被用过，{_RENEW}",
    21315: f"访问凭证已经过期，{_RENEW}",
    21316: f"访问凭证不合法，{_RENEW}",
    21317: f"访问凭证不合法，{_RENEW}",
    21318: f"访问凭证不合法，{_RENEW}",
    21319: f"账号取消了对应用的授权，{_RENEW}",
    21321: "应用还没有通过微博的审核，授权的人数已满，请管理员处理。",
    21327: f"访问凭证已经过期，{_RENEW}",
    21332: f"访问凭证无效，{_RENEW}",
}


def judge(refusal: Refusal, now: datetime) -> Retry | Refused | Uncertain:
    """Tell whether trying again helps, and what to change where it does not."""
    code, name = refusal.code, f"weibo_{refusal.code}"
    if code in _BUSY:
        words, until = _BUSY[code]
        return Retry(name, words, until(now) if until else None, whole_channel=until is not None)
    if code in _UNCLEAR:
        return Uncertain(name, _UNCLEAR[code])
    other = f"微博不收这条微博（错误码 {code}）：{refusal.message[:100]}"
    field, words = _CONTENT.get(code) or ("", _ACCOUNT.get(code) or other)
    return Refused(name, words, field or None)
