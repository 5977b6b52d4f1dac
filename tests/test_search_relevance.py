"""Sixty questions as people of a district ask them, each with what they should find in the demo, near the top.

The second is a piece of the title, the third how far down it may stand. Set down from the demo's texts before looking
at the answers; a question that fails says something about the search, or about the demo.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.server import Server

QUESTIONS = [
    ("停水", "停水", 1),
    ("友谊路停水", "友谊路街道部分区域计划停水", 2),
    ("计划停水", "计划停水", 1),
    ("路灯", "路灯不亮", 3),
    ("路灯不亮", "路灯不亮", 1),
    ("路灯报修", "路灯报修", 2),
    ("积水", "道路积水", 3),
    ("道路积水", "道路积水", 1),
    ("下穿通道积水", "下穿通道", 1),
    ("易积水点", "易积水点", 1),
    ("大雨", "一夜大雨", 3),
    ("井盖", "井盖", 1),
    ("窨井盖", "窨井盖", 1),
    ("防坠网", "防坠网", 1),
    ("樱花", "樱花", 1),
    ("顾村公园", "顾村公园", 1),
    ("罗店老街", "罗店老街", 1),
    ("亭前街", "亭前街", 1),
    ("加装电梯", "装了一部梯", 3),
    ("车位", "车位", 2),
    ("停车难", "停车难", 1),
    ("社区巴士", "社区巴士", 1),
    ("公交线路", "公交线路", 2),
    ("共享单车", "共享单车", 1),
    ("老人助餐", "助餐", 1),
    ("助餐补贴", "助餐", 1),
    ("适老化改造", "适老化改造", 1),
    ("家庭医生", "家庭医生", 1),
    ("流感疫苗", "流感疫苗", 1),
    ("接种门诊", "接种门诊", 1),
    ("图书馆", "图书馆", 1),
    ("招聘会", "招聘会", 1),
    ("夜市", "夜市", 2),
    ("社区工作者", "社区工作者", 1),
    ("转学", "转学", 1),
    ("入学", "入学咨询", 2),
    ("食品抽检", "食品抽检", 1),
    ("食品安全", "食品安全", 1),
    ("噪声", "噪声", 2),
    ("夜间施工", "夜间", 3),
    ("违法搭建", "违法搭建", 1),
    ("垃圾房", "垃圾房", 1),
    ("垃圾清运", "垃圾清运", 1),
    ("行道树修剪", "行道树修剪", 1),
    ("冬季修剪", "冬季修剪", 1),
    ("杨盛河", "杨盛河", 1),
    ("清淤", "清淤", 1),
    ("蕰藻浜", "蕰藻浜", 1),
    ("炮台湾", "炮台湾", 1),
    ("邮轮", "邮轮", 1),
    ("中央厨房", "中央厨房", 1),
    ("结婚登记", "结婚登记", 1),
    ("失业", "失业", 1),
    ("养老金", "养老金", 1),
    ("灵活就业", "灵活就业", 1),
    ("创业贷款", "创业担保贷款", 1),
    ("残疾人补贴", "残疾人", 1),
    ("jhdj", "结婚登记", 1),
    ("ylj", "养老金", 1),
    ("ludeng", "路灯不亮", 1),
]


@pytest.fixture(scope="module")
def untouched(make_server: Callable[..., Server]) -> Server:
    """Give a server that holds the demo and nothing that other tests made."""
    return make_server()


def test_there_are_sixty() -> None:
    assert len({question for question, _, _ in QUESTIONS}) == 60


@pytest.mark.parametrize(("question", "wanted", "within"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_people_find_what_they_mean(untouched: Server, question: str, wanted: str, within: int) -> None:
    found = untouched.anonymous().does("GET", "/search", params={"q": question, "limit": 10})["items"]
    titles = [each["title"] for each in found]
    assert any(wanted in title for title in titles[:within]), titles
