"""How much each vendor takes, from a file that an operator can replace."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.config import BadSetting

HOUSE = Path(__file__).with_name("ceilings.toml")
VENDORS = frozenset({"fcm", "web_push", "jpush", "sms", "email"})
_SETTING = "PUSH_CEILINGS"
_MOST = 100_000_000


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What one vendor takes, counted in letters.

    `per_device_day` 0 is no limit. `reserve` is the share of the minute that only warnings to the public may use.
    """

    per_minute: int
    per_device_day: int
    reserve: float

    def of_minute(self, *, alert: bool) -> int:
        """Return the ceiling of a minute for a warning to the public, or for all else, which gets at least one."""
        return self.per_minute if alert else max(1, self.per_minute - round(self.per_minute * self.reserve))


def load_ceilings(path: Path | None = None) -> Mapping[str, Ceiling]:
    """Read the ceilings of all vendors, by their `kind`, from this file or else from the house's own.

    Raises:
        BadSetting: the file is not of that shape; it says in which table.
    """
    try:
        tables = tomllib.loads((path or HOUSE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise BadSetting(_SETTING, "不是可读的 TOML 文件 (no readable TOML)") from None
    if tables.keys() != VENDORS:
        names = "、".join(sorted(tables.keys() ^ VENDORS))
        raise BadSetting(_SETTING, f"要有五张表，多了或少了 {names} (five tables; too many or missing)")
    return {vendor: _read(vendor, table) for vendor, table in tables.items()}


def _read(vendor: str, table: Any) -> Ceiling:
    if not isinstance(table, dict) or table.keys() != {"per_minute", "per_device_day", "reserve"}:
        raise BadSetting(_SETTING, f"[{vendor}] 要写 per_minute、per_device_day、reserve (these three, and no others)")
    per_minute, per_device_day, reserve = table["per_minute"], table["per_device_day"], table["reserve"]
    # To Python true is a whole number, and to TOML it is none.
    if type(per_minute) is not int or not 1 <= per_minute <= _MOST:
        raise BadSetting(_SETTING, f"[{vendor}] per_minute 要写正整数 (a positive whole number)")
    if type(per_device_day) is not int or not 0 <= per_device_day <= _MOST:
        raise BadSetting(_SETTING, f"[{vendor}] per_device_day 要写 0 或正整数 (a whole number, 0 for no limit)")
    if type(reserve) not in {int, float} or not 0 <= reserve < 1:
        raise BadSetting(_SETTING, f"[{vendor}] reserve 要写 0 到 1 之间的数 (from 0 to below 1)")
    return Ceiling(per_minute, per_device_day, float(reserve))
