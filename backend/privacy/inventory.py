"""The inventory of personal data 个人信息清单, read from `inventory.toml`, where it is declared and explained."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

PLAIN = "plain"


class Ground(StrEnum):
    """By what right something is held: article 13 of 个人信息保护法."""

    CONTRACT = "为提供本人要的服务所必需（第十三条第二项）"
    STAFF = "人力资源管理所必需（第十三条第二项）"
    DUTY = "履行法定职责或法定义务所必需（第十三条第三项）"
    CONSENT = "本人同意（第十三条第一项）"
    NEWS = "为公共利益实施新闻报道、舆论监督（第十三条第五项）"


class Closing(StrEnum):
    """What becomes of something when its person closes their account."""

    GONE = "删除"
    KEPT = "依法保留，到期再删"
    UNTIED = "去掉与本人的联系"
    NONE = "与注销无关"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of personal data; `kept` says in words how long, and `after` with `since` or `job` makes it true."""

    name: str
    whose: str
    what: str
    purpose: str
    ground: Ground
    kept: str
    closing: Closing
    after: timedelta | None = None
    since: tuple[str, ...] = ()
    only: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """All uses by name, and for each table the columns of each use; under `plain` those that are nobody's."""

    uses: Mapping[str, Use]
    columns: Mapping[str, Mapping[str, tuple[str, ...]]]

    def use_of(self, table: str, column: str) -> str | None:
        """Return the use that a column belongs to, or `plain`; None for one that is not declared."""
        return next((use for use, names in self.columns.get(table, {}).items() if column in names), None)

    def places_of(self, use: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """List the tables and columns of a use."""
        for table, uses in self.columns.items():
            if use in uses:
                yield table, uses[use]

    def swept(self) -> Iterator[tuple[str, Use]]:
        """List the tables whose old rows the daily sweep deletes."""
        for use in self.uses.values():
            if use.since:
                for table, _ in self.places_of(use.name):
                    yield table, use


@cache
def inventory() -> Inventory:
    """Read it, once."""
    declared = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    uses = {
        name: Use(
            name,
            each["whose"],
            each["what"],
            each["purpose"],
            Ground[each["ground"]],
            each["kept"],
            Closing[each["closing"]],
            timedelta(days=each["days"]) if "days" in each else None,
            tuple(each.get("since", ())),
            each.get("only"),
            each.get("job"),
        )
        for name, each in declared["uses"].items()
    }
    columns = {
        table: MappingProxyType({use: tuple(names.split()) for use, names in of_table.items()})
        for table, of_table in declared["columns"].items()
    }
    return Inventory(MappingProxyType(uses), MappingProxyType(columns))
