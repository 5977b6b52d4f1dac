"""Superlatives that article 9 of the Advertisement Law 《广告法》第九条 forbids, and promises of article 16 and 28."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.newsroom.examination.aids.findings import Hit
from backend.newsroom.examination.aids.text import Passage

# 国家级 and 最佳 are also plain facts: a national park, the best time to sow, a prize's name.
_STATE = (
    "非物质|非遗|自然|经开|经济|高新|技术|开发|新区|示范|重点|湿地|森林|风景|文物|博物|水利|实验|科研|科技|公益|奖|比赛|赛事|"
    "裁判|运动员|教练|媒体|平台|战略|专精|历史|生态|文化|旅游|农业|体育|绿色|海洋|地质|水产|名录|项目|职业|技能|大师|标准|孵化|"
    "众创|企业技术|工程|产业|园区|保护|先进|荣誉|普通话|社区|卫生|文明|贫困|抗疫|医疗|区域|应急|预案|规划|试点"
)
_BEST = (
    "时间|时机|时段|时期|路线|路径|位置|距离|状态|实践|观赏|观鸟|接种|赏|组织|拍档|搭档|男|女|导演|影片|编剧|摄影|新人|演员|"
    "射手|球员|教练|运动员|论文|案例|方案|年龄|季节|温度|效果|选择|期|辩手|团队|人居|提案|作品|球队|阵容|成绩|纪录片|短片|答案"
)
_SUPERLATIVE = re.compile(
    rf"国家级(?!{_STATE})|(?:世界|全球|宇宙|国际)级(?=品质|享受|产品|体验|配方)"
    rf"|最佳(?!{_BEST})(?![^，。；！？\n]{{0,8}}奖)|最高级|最先进(?=产品|设备配置|配方|品牌|仪器)|最(?:低价|便宜|优惠|划算|高端|顶尖|权威品牌)"
    r"|最(?:好|优|强)(?:的)?(?=品牌|产品|品质|楼盘|疗效|药|保健)"
    r"|(?:第一|首选|头号|顶级|王牌)(?:大)?(?:品牌|名牌|楼盘)|(?:销量|品质|服务|口碑|行业|全国|全网)第一(?=品牌|[，。！!”]|$)"
    r"|顶级(?!域名|期刊|会议|赛事|联赛|学术|球员|比赛)|极品|独一无二(?=的?(?:产品|品质|配方|楼盘|享受))|史无前例(?=的?(?:优惠|低价|折扣))"
    r"|(?:全网|全城|全市|史上|历史)最低(?:价)?(?=[，。！!价折]|$)|绝无仅有(?=的?(?:产品|优惠|楼盘))"
)
_PROMISE = re.compile(
    r"(?:100%|百分之百|百分百|百分之一百)(?:有效|治愈|安全|满意|收益|回本|正品|纯天然)|包(?:治百病|治愈|根治)|无效(?:全额)?退款|药到病除"
    r"|零风险(?=[，。！!高投理]|$)|稳赚不赔|保本高收益|(?:永久|绝对)(?:有效|安全|治愈|不反弹)|无(?:任何)?(?:毒)?副作用"
)


def check(passage: Passage) -> Iterator[Hit]:
    """Report superlatives and promises of advertisements."""
    text = passage.folded.text
    for found in _SUPERLATIVE.finditer(text):
        yield _hit(passage, found, "“{}”是《广告法》第九条所说的绝对化用语，若是宣传商品或服务，请换一种说法。")
    for found in _PROMISE.finditer(text):
        yield _hit(passage, found, "“{}”是对效果的保证，《广告法》不许对商品或服务这样说。")


def _hit(passage: Passage, found: re.Match[str], why: str) -> Hit:
    start, end = passage.folded.span(*found.span())
    said = passage.text[start:end]
    return Hit("advert", "warn", passage, start, end, why=why.format(said), category="广告用语")
