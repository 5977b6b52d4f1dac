"""Why a request may be declined, and where to go instead. The list is data, and the words are for the citizen.

After what the 12345 lines say is not theirs (GB/T 33358, 政府热线服务规范, and the usual lists of the cities).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeclineReason:
    """A reason, with the usual place to turn to."""

    code: str
    words: str
    where: str


_ALL = (
    DeclineReason("emergency", "属于110、119、120等紧急事项", "请立即拨打110、119或120。"),
    DeclineReason("in_court", "已进入诉讼、仲裁、复议或信访程序", "请向正在办理的法院、仲裁、复议或信访机构查询进展。"),
    DeclineReason("party_or_court", "属于党委、人大、政协、法院、检察院的职权", "请向有权机关反映。"),
    DeclineReason("commercial", "属于企业的商业服务或民事纠纷", "请先联系商家或供应企业，也可以找人民调解委员会。"),
    DeclineReason("other_district", "不在本区范围内", "请拨打12345，由市级平台转给所在区办理。"),
    DeclineReason("repeated", "同一事项正在办理", "请在原来那件诉求里补充说明和查看进展。"),
    DeclineReason("unclear", "内容不完整，无法核实", "请补充时间、地点和具体情况后重新提交。"),
    DeclineReason("unlawful", "涉及国家秘密、商业秘密、个人隐私或违反公序良俗", "请修改内容后重新提交。"),
    DeclineReason("other", "其他原因", "如有疑问，请拨打12345询问。"),
)
REASONS = {reason.code: reason for reason in _ALL}
