"""An alarm stands until what it is about has been dealt with."""

from __future__ import annotations

from backend.newsroom.machine import Machine, Way

ALARM: Machine[None] = Machine(
    name="alarm",
    noun="告警",
    states={"raised": "待处理", "cleared": "已解除"},
    start=("raised",),
    ways=(Way("clear", ("raised",), "cleared", None, "解除"),),
    ends=("cleared",),
)
