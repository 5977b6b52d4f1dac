"""Words for offices, and how names stand next to them. Used for persons, and for what a proofreader may not touch."""

from __future__ import annotations

import re

# Offices in common use, longest first where one ends in another. Honours that many people hold at once (委员, 代表)
# are not among them: the table of persons could not list them all.
OFFICIAL: tuple[str, ...] = (
    "书记",
    "省长",
    "市长",
    "区长",
    "县长",
    "镇长",
    "乡长",
    "部长",
    "厅长",
    "局长",
    "处长",
    "科长",
    "主任",
    "主席",
    "院长",
    "检察长",
    "秘书长",
    "总编辑",
    "台长",
    "社长",
    "总经理",
    "董事长",
    "理事长",
    "行长",
    "支队长",
    "大队长",
    "总队长",
)
# More words that say what somebody is. A proofreader may not change these either.
OTHER: tuple[str, ...] = (
    "总书记",
    "总理",
    "总统",
    "委员长",
    "校长",
    "所长",
    "站长",
    "队长",
    "馆长",
    "园长",
    "会长",
    "司长",
    "州长",
    "经理",
    "常委",
    "委员",
    "代表",
    "主编",
    "总编",
    "记者",
    "编辑",
    "教授",
    "医生",
    "主治医师",
    "医师",
    "护士长",
    "工程师",
    "院士",
    "教师",
    "老师",
    "法官",
    "检察官",
    "民警",
    "律师",
    "研究员",
    "发言人",
    "负责人",
    "主持人",
    "班长",
    "组长",
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤季俞葛"
)
_CORE = re.compile(f"(?:副)?(?:{'|'.join(sorted((*OFFICIAL, *OTHER), key=len, reverse=True))})$")


def core(title: str) -> str:
    """Return what a title ends in: 区水务局副局长 → 副局长. A title that ends in no known office is its own core."""
    found = _CORE.search(title)
    return found[0] if found else title
