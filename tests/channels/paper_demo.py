"""A newspaper to set and print: texts of our own, as long as a slot wants them."""

from __future__ import annotations

import io
from datetime import date
from itertools import cycle

from PIL import Image, ImageDraw, ImageFilter

from backend.publishing.newspaper.layout.article import Article, Photo
from backend.publishing.newspaper.layout.formats import FORMATS, PAPER
from backend.publishing.newspaper.layout.furniture import IssueFacts
from backend.publishing.newspaper.layout.page import PagePlan, SlotPlan, room_of

SHEET = FORMATS["tabloid"]
FACTS = IssueFacts(day=date(2026, 8, 1), number=1286, pages=4, editor="沈佳宁")

_PARAGRAPHS = [
    (
        "本报讯（记者 周晓岚）昨天上午9时许，随着最后一段钢箱梁平稳落位，横跨蕰藻浜的滨江步行桥顺利合龙。这"
        "座全长386米的桥梁把两岸的公园绿地连成一片，沿江居民步行过河的时间将从25分钟缩短到6分钟。"
    ),
    (
        "“以前接孩子放学要绕一大圈，现在下楼走几步就能上桥。”家住淞滨路的张阿姨说，施工期间项目部每个月都开"
        "放一次工地，居民提的37条意见，有29条写进了图纸。"
    ),
    (
        "记者在现场看到，桥面分为快、慢两条步道，中间以低矮的花箱隔开；栏杆扶手内侧嵌有感应灯带，天黑后会随行"
        "人的脚步依次亮起。桥的两端各设一处驿站，提供饮水、充电、急救箱和轮椅借用。"
    ),
    (
        "区建管委有关负责人介绍，桥梁计划于10月1日前完成荷载试验并向公众开放。届时，滨江岸线的贯通长度将达"
        "到11.8公里，从吴淞口到友谊路可以一路步行、骑行而不必绕行马路。"
    ),
    (
        "为了不影响汛期行洪，施工单位把水中墩从原设计的4个减为2个，并在上游设置了实时水位监测点。今年入梅以"
        "来，监测点累计发出提示14次，均得到及时处置。"
    ),
    (
        "专家认为，这样的“小尺度工程”改变的不只是交通。它让医院、学校、菜场重新回到了步行可达的范围之内，也"
        "让老人和孩子在城市里走得更从容——这正是“15分钟社区生活圈”的题中之义。"
    ),
    (
        "据统计，今年上半年，全区新增口袋公园9座、改造老旧小区32个，惠及居民4.6万户；其中，加装电梯签约"
        "218台，完工并投入使用163台。下半年的重点，是把管理跟上去：谁来修、谁出钱、谁监督，都要说得清楚"
        "。"
    ),
    (
        "社区党总支书记陆建华的笔记本上，密密麻麻记着居民的诉求：楼道灯不亮、晾衣架松动、非机动车没处停……“"
        "件件都是小事，可堆在一起就是大事。”他说，现在每周三下午，几个部门一起到小区来“坐诊”，能当场答复的"
        "绝不过夜。"
    ),
    (
        "在顾村镇，一支由退休工程师组成的志愿者队伍承担起了技术把关的任务。78岁的组长王德明把图纸铺在长桌上"
        "，用铅笔一处处标出疑问：“排水坡度够不够？检修口留在哪里？这些事情，年轻人想不到，我们想得到。”"
    ),
    (
        "下午4时，暑托班的孩子们排队领取绿豆汤。负责食堂的营养师告诉记者，菜单每两周更换一次，菜品全部留样4"
        "8小时，家长可以通过客户端随时查看后厨画面，也可以预约来当“陪餐员”。"
    ),
    (
        "气象部门预计，未来三天本区以多云天气为主，最高气温36℃，午后局部有短时雷阵雨，阵风6—7级。请市民"
        "尽量避免在11时至15时外出，户外作业人员注意防暑降温，及时补充水分。"
    ),
    (
        "区图书馆把闭馆时间推迟到了21时30分。晚饭后，三楼的阅览室坐得满满当当，有人备考，有人画图，也有年"
        "轻的父母陪孩子读绘本。“家里有空调，但没有这样的气氛。”一位读者在留言簿上写道。"
    ),
    (
        "港区的自动化改造也传来了新消息：7号泊位的3台岸桥完成远程操控升级，单机作业效率提高18.5%，每标"
        "准箱能耗下降0.7千瓦时。操作员坐在中控室里，面前是6块屏幕，手边是一杯热茶，“跟以前爬上40米高的"
        "驾驶室，完全是两个世界”。"
    ),
    (
        "“我们不追求一夜之间的变化。”区城管执法局相关负责人说，治理的办法是一条街一条街地谈，一家店一家店地"
        "改。三个月来，沿街商户主动拆除破损店招46块，认领花箱112个，门前的地砖也干净了许多。"
    ),
    (
        "医保电子凭证、预约挂号、报告查询……不少老人为这些“按钮”犯难。街道把课堂搬进了居民区，6名大学生志"
        "愿者每人带5位学员，从打开流量开始教起。82岁的李奶奶学会了视频通话，第一个打给了远在西安的外孙女。"
    ),
]
_HEADLINES = [
    "滨江步行桥昨日合龙 两岸居民六分钟过河",
    "上半年三十二个老旧小区换新颜",
    "把“坐诊”开进小区 小事不过夜",
    "暑托班里的一碗绿豆汤",
    "7号泊位远程操控 能耗再降一成",
    "八旬奶奶学会视频通话",
    "图书馆延时开放到晚九点半",
    "一条街一条街地谈，一家店一家店地改",
    "未来三天最高气温三十六度 注意防暑",
    "退休工程师铺开图纸当“考官”",
]


def text_of(length: int, begin: int = 0) -> str:
    """Return paragraphs of this many characters, within a sentence or so."""
    found: list[str] = []
    rest = length
    for paragraph in cycle(_PARAGRAPHS[begin % len(_PARAGRAPHS) :] + _PARAGRAPHS[: begin % len(_PARAGRAPHS)]):
        if rest <= 0:
            return "\n".join(found)
        cut = paragraph
        if len(paragraph) > rest:
            stops = [at + 1 for at, char in enumerate(paragraph) if char == "。" and at + 1 <= rest + 12]
            cut = paragraph[: stops[-1]] if stops else ""
            rest = 0
        found += [cut] if cut else []
        rest -= len(cut)
    raise AssertionError


def headline_of(number: int) -> str:
    return _HEADLINES[number % len(_HEADLINES)]


def picture(width: int, height: int, hue: tuple[int, int, int]) -> bytes:
    """Draw a river bank at dusk."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        draw.line([(0, y), (width, y)], fill=tuple(int(c * (0.5 + 0.5 * share) + 90 * (1 - share)) for c in hue))
    for at in range(9):
        left, top = at * width // 9, int(height * (0.35 + 0.2 * ((at * 7) % 5) / 5))
        draw.rectangle((left + 8, top, left + width // 11, int(height * 0.72)), fill=tuple(c // 3 for c in hue))
    draw.rectangle((0, int(height * 0.72), width, height), fill=tuple(int(c * 0.7) for c in hue))
    for at in range(6):
        y = int(height * (0.75 + at * 0.04))
        draw.line([(0, y), (width, y)], fill=(235, 225, 200), width=2)
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(1)).save(out, "JPEG", quality=88)
    return out.getvalue()


PICTURES = {"bridge": picture(1600, 1067, (230, 150, 110)), "pool": picture(1200, 900, (110, 160, 200))}
# Number, place and extent in columns and lines, text columns, headline width, columns of a picture.
_FRONT = [
    (1, 0, 0, 4, 36, 4, 18, 2),
    (2, 4, 0, 2, 18, 2, 14, 0),
    (3, 4, 18, 2, 18, 2, 12, 0),
    (4, 0, 36, 2, 30, 2, 15, 1),
    (5, 2, 36, 2, 30, 2, 12, 0),
    (6, 4, 36, 2, 22, 2, 12, 0),
    (7, 4, 58, 2, 8, 1, 8, 0),
]
_INNER = [
    (1, 0, 0, 6, 30, 6, 18, 3),
    (2, 0, 30, 3, 24, 3, 16, 1),
    (3, 3, 30, 3, 24, 3, 16, 0),
    (4, 0, 54, 2, 22, 2, 13, 0),
    (5, 2, 54, 2, 22, 2, 19, 0),
    (6, 4, 54, 2, 22, 2, 17, 0),
]


def plan(number: int) -> PagePlan:
    """Plan a page whose texts were cut to their slots."""
    slots = [_slot(number, *each) for each in (_FRONT if number == 1 else _INNER)]
    return PagePlan(number, "要闻" if number == 1 else "民生", tuple(slots))


def _slot(page: int, no: int, x: int, y: int, w: int, h: int, columns: int, width: int, photo: int) -> SlotPlan:
    kind = "house_ad" if (page, no) == (1, 7) else "story"
    slot = SlotPlan(no, kind, x, y, w, h, columns, width)  # type: ignore[arg-type]
    if kind != "story":
        return slot
    shown = None
    room = room_of(SHEET, page, slot)
    if photo:
        shown = Photo("bridge" if no == 1 else "pool", "江上的桥", "图为合龙后的滨江步行桥。 陈一鸣 摄", 0.667, photo)
        unit = SHEET.column + SHEET.gutter
        rows = round(photo * unit * 0.667 / 4.6) + 1
        room -= int(rows * photo * 12 * 0.9)
    number = no + page * 3 - 4
    article = Article(headline_of(number), "记者 周晓岚 通讯员 沈立", text_of(room, number * 4), shown)
    return SlotPlan(no, kind, x, y, w, h, columns, width, article)  # type: ignore[arg-type]


__all__ = ["FACTS", "PAPER", "PICTURES", "SHEET", "headline_of", "picture", "plan", "text_of"]
