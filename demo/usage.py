"""Made-up use of the demo's app: three hundred phones over sixty days, the same with every load.

Their pseudonyms begin with `demo-`, which no real one can, and the page of figures says that they are made up.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from backend.clock import SHANGHAI, local_day
from backend.oversight.operation import rules
from backend.oversight.operation.day_tally import Cell, DayTally
from backend.oversight.operation.jobs import store_cells
from backend.oversight.operation.models import UsagePhone, UsagePhoneDay, UsageSample
from backend.oversight.operation.queries import DEMO_PREFIX
from backend.unit_of_work import UnitOfWork

PHONES, DAYS = 300, 60
# What is newer is counted again from samples; of what is older only numbers are left.
_SAMPLED_DAYS = 12
_SEED = 20190802
_COMPLETED = 0.62
# How many requests a month, by office and service.
_ASKED = {
    "wateraffairs": {"manhole": 21, "waterlogging": 16, "watersupply": 12},
    "greening": {"streetlight": 24, "garbage": 17, "trees": 4},
    "urbanmanagement": {"noise": 19, "illegalbuild": 13},
    "transport": {"parking": 22, "sharedbikes": 14, "busroute": 3},
    "civilaffairs": {"eldermeal": 15},
    "-": {"noise": 3},
}


@dataclass(frozen=True, slots=True)
class Read:
    """An article that can be read."""

    id: str
    section: str
    towns: Sequence[str]


class _Usage:
    def __init__(self, now: datetime, articles: Sequence[Read]) -> None:
        self._dice = random.Random(_SEED)  # noqa: S311  # the demo is the same every time, and guards no secret
        self._today, self._hour = local_day(now), now.astimezone(SHANGHAI).hour
        self._articles = articles
        self._first = self._today - timedelta(days=DAYS)
        self.samples: list[dict[str, Any]] = []
        self.phone_days: list[dict[str, Any]] = []
        self.phones: list[dict[str, Any]] = []
        self._active: dict[tuple[str, date], set[str]] = defaultdict(set)
        self._cohorts: dict[tuple[date, date], set[str]] = defaultdict(set)
        sections = {article.id: article.section for article in articles}
        towns = {article.id: article.towns for article in articles}
        days = rules.days_between(self._first, self._today)
        self._days = {day: DayTally(day, sections, towns) for day in days}

    def live(self) -> None:
        """Let every phone have its days."""
        for number in range(PHONES):
            phone = f"{DEMO_PREFIX}{number:06d}"
            # Some are there from the beginning, the others come as time goes on.
            joined = self._first + timedelta(days=int(max(0, self._dice.uniform(-20, DAYS))))
            keen = self._dice.betavariate(1.3, 1.8)
            days = [day for day in rules.days_between(joined, self._today) if self._opens(day, joined, keen)]
            for day in days:
                self._spend(phone, joined, day, keen)
            last = days[-1] if days else joined
            self.phones.append({"phone": phone, "first_day": joined, "last_day": last})

    def _opens(self, day: date, joined: date, keen: float) -> bool:
        weekend = 0.85 if day.weekday() > 4 else 1.0
        # Curiosity wears off in the first weeks.
        worn = max(0.4, 1 - (day - joined).days / 30)
        return day == joined or self._dice.random() < keen * weekend * worn

    def _spend(self, phone: str, joined: date, day: date, keen: float) -> None:
        week, month = rules.week_of(day), rules.month_of(day)
        for span, start in (("day", day), ("week", week), ("month", month)):
            self._active[span, start].add(phone)
        self._cohorts[week, rules.week_of(joined)].add(phone)
        rows: list[dict[str, Any]] = []
        for _ in range(self._dice.randint(1, 3)):
            hour = min(23, int(self._dice.triangular(6, 24, 8)))
            # What is left of today has not been yet.
            self._sit(phone, day, min(hour, self._hour) if day == self._today else hour, keen, rows)
        self._keep(phone, day, rows)

    def _sit(self, phone: str, day: date, hour: int, keen: float, rows: list[dict[str, Any]]) -> None:
        """Let a phone be looked at once: some reads, and some news that arrives meanwhile."""
        rows.append(self._sample(phone, day, hour, "open"))
        for _ in range(int(self._dice.expovariate(0.7 / (0.3 + keen)) + 0.6)):
            article = self._articles[int(len(self._articles) * self._dice.random() ** 1.4)]
            seconds = int(self._dice.lognormvariate(3.6, 0.7)) + 3
            complete = self._dice.random() < _COMPLETED
            self._days[day].add_read(phone, article.id, seconds, complete=complete)
            row = self._sample(phone, day, hour, "read")
            rows.append(row | {"article_id": article.id, "seconds": seconds, "complete": complete})
        for _ in range(self._dice.randint(1, 2)):
            ms = int(self._dice.lognormvariate(5.1, 0.45))
            self._days[day].add_arrival(phone, hour, ms)
            rows.append(self._sample(phone, day, hour, "arrived") | {"ms": ms})

    def _sample(self, phone: str, day: date, hour: int, kind: str) -> dict[str, Any]:
        empty = dict.fromkeys(("article_id", "seconds", "complete", "ms"))
        return {"phone": phone, "day": day, "hour": hour, "kind": kind} | empty

    def _keep(self, phone: str, day: date, rows: list[dict[str, Any]]) -> None:
        age = (self._today - day).days
        if age <= _SAMPLED_DAYS:
            self.samples += [row | {"id": f"{day:%m%d}-{number}"} for number, row in enumerate(rows)]
        if age <= rules.SAMPLES_KEPT.days:
            self.phone_days.append({"day": day, "phone": phone, "samples": len(rows)})

    def cells(self) -> list[Cell]:
        """Return what would have been counted from all this."""
        found = [Cell("active", span, start, "", len(people), {}) for (span, start), people in self._active.items()]
        found += [
            Cell("cohort", "week", week, cohort.isoformat(), len(people), {})
            for (week, cohort), people in self._cohorts.items()
        ]
        found += [cell for day in self._days.values() for cell in day.cells()]
        return found + self._channels() + self._pushes() + self._requests()

    def _channels(self) -> list[Cell]:
        found = []
        for day in rules.days_between(self._first, self._today - timedelta(days=1)):
            for channel, usual in (("wechat", 900), ("weibo", 520)):
                reads = int(usual * self._dice.uniform(0.6, 1.5))
                found.append(Cell("channel", "day", day, channel, reads, {"reads": reads, "complete": None}))
        return found

    def _pushes(self) -> list[Cell]:
        found = []
        for number, article in enumerate(self._articles[:9]):
            opened = self._dice.randint(3, 70)
            day = self._today - timedelta(days=2 + 3 * number)
            found.append(Cell("push", "push", day, article.id, opened, {"sent": self._dice.randint(180, 240)}))
        return found

    def _requests(self) -> list[Cell]:
        """Make up the two months before this one; of this one, the demo has requests of its own, by four citizens."""
        found = []
        month = rules.month_of(rules.month_of(self._today) - timedelta(days=40))
        while month < rules.month_of(self._today):
            total: Counter[str] = Counter()
            waits: Counter[str] = Counter()
            for office, parts in _ASKED.items():
                at_office: Counter[str] = Counter()
                days_there: Counter[str] = Counter()
                for service, usual in parts.items():
                    numbers, days = self._requests_of(usual)
                    found.append(_request(month, f"{office}/{service}", numbers, days))
                    at_office.update(numbers)
                    days_there.update(days)
                found.append(_request(month, office, at_office, days_there))
                total.update(at_office)
                waits.update(days_there)
            found.append(_request(month, "", total, waits))
            month = rules.month_after(month)
        return found

    def _requests_of(self, usual: int) -> tuple[Counter[str], Counter[str]]:
        filed = int(usual * self._dice.uniform(0.8, 1.3))
        solved = max(0, filed - self._dice.randint(5, 8))
        people = {"solved_people": solved, "rest_people": filed - solved}
        days = Counter(str(int(self._dice.gammavariate(4, 9))) for _ in range(solved))
        return Counter({"filed": filed, "solved": solved} | people), days


def _request(month: date, key: str, numbers: Counter[str], days: Counter[str]) -> Cell:
    return Cell("request", "month", month, key, numbers["filed"], dict(numbers) | {"days": dict(days)})


def load_usage(unit: UnitOfWork, articles: Sequence[Read]) -> None:
    """Load the made-up use of these articles."""
    usage = _Usage(unit.now, articles)
    usage.live()
    unit.session.flush()
    for table, rows in ((UsagePhone, usage.phones), (UsagePhoneDay, usage.phone_days), (UsageSample, usage.samples)):
        unit.session.execute(sa.insert(table), rows)
    store_cells(unit.session, usage.cells(), unit.now)
