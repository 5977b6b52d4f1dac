"""Taking persons out of a text: rules that find spans, each with its reason. Pure; a person looks afterwards.

Rules are meant to find too much rather than too little. What they cannot know (a nickname, a description that fits one
person in the street) is why nothing becomes public before a dispatcher has read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

REASONS = {
    "phone": "电话号码",
    "id_number": "身份证号码",
    "bank_card": "银行卡或账号",
    "plate": "车牌",
    "contact": "邮箱、微信号或 QQ 号",
    "name": "姓名或称呼",
    "address": "具体门牌、楼栋或小区",
    "looks": "能认出某个人的外貌描写",
}
# No text that still has one of these may become public, whoever approves it.
HARD = frozenset({"phone", "id_number", "bank_card", "plate", "contact"})


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of the original that are replaced, and why."""

    start: int
    end: int
    kind: str
    replacement: str

    @property
    def reason(self) -> str:
        """Why, in words."""
        return REASONS[self.kind]


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without persons, and what was taken out of the original."""

    text: str
    spans: tuple[Span, ...]


# Forms of full width are read like those of half width; one character stays one character, so spans fit the original.
_NARROW = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}
_GAP = r"[ \-—–.·]?"
_NOT_IN_NUMBER = r"(?<![0-9])"
_MOBILE = rf"{_NOT_IN_NUMBER}(?:\+?86{_GAP})?1{_GAP}[3-9](?:{_GAP}[0-9]){{9}}(?![0-9])"
_LANDLINE = (
    rf"{_NOT_IN_NUMBER}(?:\(?0[0-9]{{2,3}}\)?{_GAP})?[2-9][0-9]{{2,3}}{_GAP}[0-9]{{4}}"
    r"(?:转[0-9]{1,6})?(?![0-9])"
)
_SPOKEN = r"[零〇一二三四五六七八九幺两](?:[ ，、]?[零〇一二三四五六七八九幺两]){6,}"
_ID = rf"{_NOT_IN_NUMBER}[1-9](?:{_GAP}[0-9]){{16}}{_GAP}[0-9Xx](?![0-9A-Za-z])"
_LONG = rf"{_NOT_IN_NUMBER}[0-9](?:{_GAP}[0-9]){{11,29}}(?![0-9])"
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_OF_PLATE = "0-9A-HJ-NP-Za-hj-np-z"
_PLATE = rf"[{_PROVINCE}] ?[A-Za-z](?:[ ·•\-.]?[{_OF_PLATE}]){{4,5}}[ ·•\-.]?[{_OF_PLATE}挂学警港澳](?![0-9A-Za-z])"
_PLATE_TAIL = r"(?<=车牌|尾号|牌照)(?:号码?)?(?:尾号)?(?:是|为|[:：])? ?([0-9A-Za-z]{3,7})"
_MAIL = r"[0-9A-Za-z._%+\-]+@[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)+"
_ACCOUNT = r"(?:微信|QQ|qq|抖音|小红书)(?:账?号)?(?:是|为|[:：])? ?([A-Za-z0-9_\-]{5,24})"

# Common surnames; those that are more often something else (小区, 小时, 老路, 方便) only count before a title.
_SURE = (
    "王李张刘陈杨赵吴周徐孙朱胡郭何罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘袁董余叶蒋杜苏魏程吕丁沈姚卢傅钟姜崔谭廖范汪陆贾"
    "韦邱侯邹熊孟秦阎薛尹雷黎陶贺顾龚邵钱严覃戴莫孔汤俞倪施翁裘"
)
_SURNAME = _SURE + "黄马林高于方石金田白江段史龙万毛郝武向夏任常易乔康文管祝葛"
_DOUBLE = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒"
_FAMILY = rf"(?:{_DOUBLE}|[{_SURNAME}])"
_TITLE = (
    "先生|女士|小姐|阿姨|叔叔|大爷|大妈|大伯|大叔|大姐|大哥|奶奶|爷爷|婆婆|阿婆|阿公|伯伯|师傅|老师|医生|护士|主任|经理|"
    "队长|站长|老板|老板娘|同志|书记|所长|警官|律师|校长|院长|科长|处长|局长|组长|老伯|妈妈|爸爸|家"
)
_TITLED = rf"{_FAMILY}[\u4e00-\u9fff]{{0,2}}?({_TITLE})(?<!家)"
_SOMEBODY = rf"{_FAMILY}某{{1,2}}"
_NICK = (
    r"(?:(?<![\u4e00-\u9fff])|(?<=[的和叫找问跟对是给让请向里在家，。]))"
    rf"[小老阿][{_SURE}](?![\u4e00-\u9fff]?[车区路村桥镇店学时])"
)
_STOP = "说的在把被和与及家是有去来住反称要不了也就都从向对给让叫很为等经常总将已又还我你他她这那，。；！？、：（）"
_CUED = (
    rf"(?:我叫|我是|本人|姓名|名叫|叫做|联系人|户主|业主|房东|租客|邻居|村民|居民|司机|店主|投诉人|举报人|当事人|儿子|女儿|老伴|父亲|母亲)"
    rf"(?:是|为|叫|[:：])? ?({_FAMILY}[^{_STOP}\s0-9A-Za-z]{{1,2}})(?!路|街|镇|村|区|弄)"
)
_NUMERAL = r"[0-9零〇一二三四五六七八九十百]"
_BEFORE_DOOR = "路街道弄村园苑坊里城寓厦幢栋楼巷"
_DOOR = (
    rf"(?:{_NUMERAL}{{1,6}} ?(?:支?弄|号楼|号院|幢|栋|单元|室|层楼?|座)"
    rf"|(?:(?<=[{_BEFORE_DOOR}])|(?<=[{_BEFORE_DOOR}] ))"
    r"(?:[0-9甲乙]{1,6}(?:[\-—/之][0-9]{1,5})* ?号(?!线|口|窗|门(?!口)|桥|泵|令|文|柜|台|机)))"
)
_DOORS = rf"{_DOOR}(?:[,，、 ]?(?:{_DOOR}|{_NUMERAL}{{1,5}} ?(?:号|室|楼)))*"
_DASHED = r"(?<=[路街弄号幢栋村园苑])[0-9]{1,4}(?:[\-—/][0-9]{1,5})+"
_ESTATE = (
    r"[\u4e00-\u9fff]{2,8}?(?:小区|新村|家园|花园|花苑|佳苑|公寓|名苑|[一二三四五六七八九十]村|苑|坊)"
    r"(?![区镇道路桥])"
)
_BEFORE_ESTATE = re.compile(
    r".*(?:住在|我们|我家|位于|就在|附近|对面|隔壁|旁边|门口|街道|[住在到的于从是去和往离我镇路，。])"
)
_CLOTHES = "衣服?|外套|上衣|裤子?|裙子?|制服|T恤|夹克|羽绒服|背心|马甲|鞋子?|帽子?|眼镜|头发|长发|短发|胡子"
_WEAR = (
    rf"(?:身?穿着?|戴着?|留着?|染着?)[^，。；！？\s]{{0,12}}?(?:{_CLOTHES})"
    r"(?:、?[^，。；！？\s]{0,8}?(?:眼镜|帽子?))?的?"
)
_BODY = (
    r"(?:[高矮胖瘦]{1,2}[高矮胖瘦]?个?子?|光头|秃顶|长发|短发|卷发|纹身|络腮胡"
    r"|[0-9一二三四五六七八九十]{1,4}(?:多|来)?岁(?:左右|上下)?)的?"
    r"(?=男|女|老人|小伙|中年|青年|妇女|孩子|邻居|人|同学)"
)


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


Finder = Callable[[str], Iterator[Span]]


def _finder(pattern: str, kind: str, replacement: str, group: int = 0) -> Finder:
    compiled = re.compile(pattern)

    def find(text: str) -> Iterator[Span]:
        for match in compiled.finditer(text):
            yield Span(*match.span(group), kind, replacement)

    return find


def _long_numbers(text: str) -> Iterator[Span]:
    for match in re.finditer(_LONG, text):
        digits = re.sub("[^0-9]", "", match[0])
        kind = "id_number" if len(digits) in {15, 18} and not _luhn(digits) else "bank_card"
        yield Span(*match.span(), kind, "（号码已隐去）")


def _titled(text: str) -> Iterator[Span]:
    for match in re.finditer(_TITLED, text):
        yield Span(*match.span(), "name", f"某{match[1]}")


def _estates(text: str) -> Iterator[Span]:
    for match in re.finditer(_ESTATE, text):
        before = _BEFORE_ESTATE.match(match[0])
        # What leads up to the name is no part of it; if nothing is left, it was none.
        start = match.start() + (before.end() if before else 0)
        if match.end() - start >= 2 and text[start : match.end()] not in {"小区", "新村", "花园", "公寓", "家园"}:
            yield Span(start, match.end(), "address", "某小区")


# In the order in which they win where two meet.
_FINDERS: tuple[Finder, ...] = (
    _finder(_MAIL, "contact", "（联系方式已隐去）"),
    _finder(_ACCOUNT, "contact", "（联系方式已隐去）", 1),
    _finder(_ID, "id_number", "（证件号已隐去）"),
    _finder(_MOBILE, "phone", "（电话已隐去）"),
    _long_numbers,
    _finder(_PLATE, "plate", "（车牌已隐去）"),
    _finder(_PLATE_TAIL, "plate", "（车牌已隐去）", 1),
    _finder(_LANDLINE, "phone", "（电话已隐去）"),
    _finder(_SPOKEN, "phone", "（号码已隐去）"),
    _finder(_WEAR, "looks", ""),
    _finder(_BODY, "looks", ""),
    _finder(_DOORS, "address", "某处"),
    _finder(_DASHED, "address", "某处"),
    _estates,
    _titled,
    _finder(_SOMEBODY, "name", "某人"),
    _finder(_CUED, "name", "某人", 1),
    _finder(_NICK, "name", "某人"),
)


def redact(text: str, known: Iterable[str] = ()) -> Redacted:
    """Take persons out of a text. `known` are names and numbers that belong to the case's people."""
    spans = tuple(sorted(_apart(_found(text, known)), key=lambda span: span.start))
    return Redacted(_replaced(text, spans), spans)


def _found(text: str, known: Iterable[str]) -> Iterator[Span]:
    narrow = text.translate(_NARROW)
    for word in sorted({word for word in known if len(word) > 1}, key=len, reverse=True):
        for match in re.finditer(re.escape(word.translate(_NARROW)), narrow):
            yield Span(*match.span(), "name", "某人")
    for find in _FINDERS:
        yield from find(narrow)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Return spans that do not meet: of two that do, the first one found stays and grows over the other."""
    kept: list[Span] = []
    for span in spans:
        if span.start == span.end:
            continue
        met = [other for other in kept if other.start < span.end and span.start < other.end]
        if not met:
            kept.append(span)
            continue
        first = met[0]
        start, end = min(span.start, *(each.start for each in met)), max(span.end, *(each.end for each in met))
        kept = [other for other in kept if other not in met] + [Span(start, end, first.kind, first.replacement)]
    return kept


def _replaced(text: str, spans: Sequence[Span]) -> str:
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], span.replacement]
        at = span.end
    return "".join([*parts, text[at:]])


def still_personal(text: str) -> list[Span]:
    """Return what must not become public under any circumstances: numbers and plates that are left in a text."""
    return [span for span in redact(text).spans if span.kind in HARD]


_ROAD = re.compile(r"([\u4e00-\u9fff]{2,8}?(?:路|街|大道|公路))")


def coarse_place(town: str | None, address: str | None) -> str | None:
    """Return a place down to the road: the town and, where the address names one, the road."""
    rest = (address or "").removeprefix(town or "")
    found = _ROAD.search(rest)
    road = found[1].removeprefix(town or "") if found else ""
    return f"{town or ''}{road}" or None
