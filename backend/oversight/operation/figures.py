"""The figures about use: active phones, retention, reads, pushes, and the time from an event to the phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from backend.district.models import Section, Town
from backend.oversight.operation import rules
from backend.oversight.operation.counting import APP
from backend.oversight.operation.figure import Column, Figure, Line, Number, floor_words
from backend.oversight.operation.shown import READ, Shown, Sum
from backend.publishing.models import PublishingChannel

MAX_PUSHES = 60
WEEKS_AFTER = 8
_DAYS = "只加进当天能单独公布的日子，所以时段相减也得不到某几个人的数。"


def active_days(shown: Shown) -> Figure:
    """日活 Phones by day."""
    days = rules.days_between(shown.first, shown.last)
    return _active(
        shown, "day", days, id="active_days", title="日活跃手机", words="当天打开过客户端的手机，每台算一次。"
    )


def active_weeks(shown: Shown) -> Figure:
    """周活 Phones by week."""
    weeks = rules.weeks_between(shown.first, shown.last)
    words = "一周（周一至周日）内打开过客户端的手机，每台算一次；本周尚未结束，按小时更新。"
    return _active(shown, "week", weeks, id="active_weeks", title="周活跃手机", words=words)


def active_months(shown: Shown) -> Figure:
    """月活 Phones by month."""
    months = rules.months_between(shown.first, shown.last)
    words = "一个月内打开过客户端的手机，每台算一次；当月尚未结束，按小时更新。"
    return _active(shown, "month", months, id="active_months", title="月活跃手机", words=words)


def _active(shown: Shown, span: str, starts: Sequence[date], *, id: str, title: str, words: str) -> Figure:
    figure = Figure(id, title, "bar" if span == "month" else "line", "台", _HEADS[span], [Column("phones", "手机")], "")
    for start in starts:
        cell = shown.at("active", span, start)
        value = cell.people if shown.is_shown(cell) else None
        figure.lines.append(Line(start.isoformat(), _label(start, span), [value]))
    figure.note = f"{words}{floor_words(shown.floor)}"
    return figure


_HEADS = {"day": "日期", "week": "周（起始日）", "month": "月份"}


def _label(start: date, span: str) -> str:
    return f"{start:%Y-%m}" if span == "month" else start.isoformat()


def retention(shown: Shown) -> Figure:
    """留存 How many of the phones that were new in a week came back in the weeks after it."""
    weeks = rules.weeks_between(shown.first, shown.last)
    columns = [Column("size", "新手机"), *(Column(f"w{n}", f"第 {n} 周", "percent") for n in range(1, WEEKS_AFTER + 1))]
    note = f"某周第一次出现的手机，之后各周还打开过的比例。{floor_words(shown.floor)}"
    figure = Figure("retention", "新手机留存", "cohort", "%", "首次出现的周", columns, note, drawn=len(columns))
    hidden = {week: _hidden_cohorts(shown, week) for week in weeks}
    for cohort in weeks:
        key = cohort.isoformat()
        size = None if key in hidden[cohort] else shown.at("cohort", "week", cohort, key).people or None
        later = [cohort + timedelta(days=7 * number) for number in range(1, WEEKS_AFTER + 1)]
        values: list[Number] = [size]
        for week in later:
            people = shown.at("cohort", "week", week, key).people
            is_seen = week in hidden and people and key not in hidden[week] and size
            values.append(rules.percent(people, size) if is_seen and size else None)
        to_come = frozenset(number for number, week in enumerate(later, 1) if week > shown.last)
        figure.lines.append(Line(key, key, values, to_come))
    return figure


def _hidden_cohorts(shown: Shown, week: date) -> frozenset[str]:
    """Return which cohorts of a week nobody may see: all of them together are its active phones, which are shown."""
    cells = shown.of("cohort", "week", week)
    # Who came back and who did not make up the cohort, which is shown.
    lopsided = {
        key
        for key, cell in cells.items()
        if not rules.may_split(cell.people, max(0, _size_of(shown, key) - cell.people), shown.floor)
    }
    people = {key: cell.people for key, cell in cells.items()}
    return rules.hidden(people, shown.floor, disjoint=True, already=lopsided)


def _size_of(shown: Shown, cohort: str) -> int:
    return shown.at("cohort", "week", date.fromisoformat(cohort), cohort).people


_READS = (
    Column("reads", "阅读"),
    Column("completion", "读完比例", "percent"),
    Column("seconds", "平均阅读", "seconds"),
)
_READ_WORDS = "打开一篇稿件并在屏幕上停留三秒以上算一次阅读，看到文末算读完；读完比例只算读完和没读完的都够人数的日子。"


def reads_by_day(shown: Shown) -> Figure:
    """每日阅读 Reads in the app by day."""
    figure = Figure(
        "reads_by_day", "客户端每日阅读", "line", "次", "日期", _READS, f"{_READ_WORDS}{floor_words(shown.floor)}"
    )
    for day in rules.days_between(shown.first, shown.last):
        cell = shown.at("total", "day", day)
        values: list[Number] = [None, None, None]
        if shown.is_shown(cell):
            numbers = cell.numbers
            done = rules.percent(numbers["complete"], numbers["reads"]) if shown.may_split(cell, READ) else None
            values = [numbers["reads"], done, round(numbers["seconds"] / numbers["reads"], 1)]
        figure.lines.append(Line(day.isoformat(), day.isoformat(), values))
    return figure


def reads_by_section(shown: Shown) -> Figure:
    """分栏目阅读 Reads by the section of the article."""
    return _reads(
        shown,
        "section",
        shown.names.of(Section),
        id="reads_by_section",
        title="各栏目阅读",
        head="栏目",
        words="按稿件所属栏目。",
    )


def reads_by_town(shown: Shown) -> Figure:
    """分街镇阅读 Reads by the towns an article is about."""
    words = "按稿件写到的街镇，写到几个各算一次；不知道读者住在哪里，也不去问。"
    named = shown.names.of(Town) | {"": "全区"}
    return _reads(shown, "town", named, id="reads_by_town", title="各街镇稿件阅读", head="街镇", words=words)


def _reads(shown: Shown, measure: str, named: dict[str, str], *, id: str, title: str, head: str, words: str) -> Figure:
    columns = [*_READS, Column("days", "计入天数")]
    figure = Figure(id, title, "bar", "次", head, columns, f"{_READ_WORDS}{words}{_DAYS}{floor_words(shown.floor)}")
    sums = shown.sums_of_days(measure)
    for key in [*named, *sorted(sums.keys() - named.keys())]:
        values = _read_values(sums.get(key, Sum()))
        figure.lines.append(Line(key or "-", named.get(key, key), values))
    return figure


def _read_values(found: Sum) -> list[Number]:
    if not found.days:
        return [None, None, None, None]
    completion = rules.percent(found.split_part, found.split_whole)
    return [found.amount, completion, round(found.seconds / found.amount, 1), found.days]


def reads_by_channel(shown: Shown) -> Figure:
    """分渠道阅读 Reads by channel: the app's own samples, and what the others' counters rose by."""
    words = (
        "客户端按样本；其他渠道按平台给出的阅读计数当天的增量，平台只给次数不给人数，次数不足的同样不显示；"
        "读完比例只有客户端和给出完播数的渠道才有。"
    )
    columns = [Column("reads", "阅读"), Column("completion", "读完比例", "percent"), Column("days", "计入天数")]
    figure = Figure(
        "reads_by_channel", "各渠道阅读", "bar", "次", "渠道", columns, f"{words}{_DAYS}{floor_words(shown.floor)}"
    )
    sums: dict[str, Sum] = {APP: shown.sums_of_days("total").get("", Sum())}
    told = {APP}
    for day in rules.days_between(shown.first, shown.last):
        for channel, cell in shown.of("channel", "day", day).items():
            found, done = sums.setdefault(channel, Sum()), cell.numbers["complete"]
            told |= {channel} if done is not None else set()
            if shown.is_shown(cell):
                found.add_counters(cell.numbers["reads"], done, shown.floor)
    named = shown.names.of(PublishingChannel)
    for key in [APP, *(key for key in named if key != APP and key in sums)]:
        reads, completion, _, days = _read_values(sums[key])
        open_cells = frozenset() if key in told else frozenset({1})
        figure.lines.append(Line(key, named.get(key, "客户端"), [reads, completion, days], open_cells))
    return figure


def push_opened(shown: Shown) -> Figure:
    """推送打开 Pushes about articles: devices they were handed over for, and phones that opened them."""
    columns = [Column("opened", "打开的手机"), Column("sent", "送达设备"), Column("rate", "打开率", "percent")]
    note = f"一条推送送交推送服务的设备数，和由推送点开稿件的手机数；推送发出十天内计入。{floor_words(shown.floor)}"
    figure = Figure("push_opened", "推送打开", "bar", "台", "推送", columns, note, drawn=2)
    found = [
        (start, key, cell)
        for start in reversed(shown.starts("push", "push"))
        for key, cell in sorted(shown.of("push", "push", start).items())
    ][:MAX_PUSHES]
    headlines = shown.names.headlines(key for _, key, _ in found)
    for start, key, cell in found:
        sent = cell.numbers["sent"] if cell.numbers["sent"] >= shown.floor else None
        opened = cell.people if shown.is_shown(cell) and sent else None
        if opened and sent and not rules.may_split(opened, max(0, sent - opened), shown.floor):
            opened = None
        rate = rules.percent(opened, sent) if opened and sent else None
        label = f"{start:%m-%d} {headlines.get(key, '（稿件已撤下）')}"
        figure.lines.append(Line(key, label, [opened, sent, rate]))
    return figure


_ARRIVAL = tuple(Column(f"p{each}", f"p{each}", "ms") for each in rules.PERCENTILES)
_ARRIVAL_WORDS = (
    "手机在线时，稿件发布或更改到它出现在手机上用的时间，手机的钟按服务器校正；"
    "p90 是十次里有九次不超过的时间。达到或超过该值的手机不足下限时不显示。"
)


def arrival_by_day(shown: Shown) -> Figure:
    """到达用时 Time from an event to the phone, by day."""
    note = f"{_ARRIVAL_WORDS}{floor_words(shown.floor)}"
    figure = Figure("arrival_by_day", "从发布到手机（按日）", "line", "毫秒", "日期", _ARRIVAL, note, drawn=3)
    for day in rules.days_between(shown.first, shown.last):
        figure.lines.append(Line(day.isoformat(), day.isoformat(), _percentiles(shown, day, "")))
    return figure


def arrival_by_hour(shown: Shown) -> Figure:
    """到达用时 The same by hour, of the last day of the range that is over."""
    note = f"时段内最后一个整天（{shown.hours_of}）的各小时。{_ARRIVAL_WORDS}{floor_words(shown.floor)}"
    figure = Figure("arrival_by_hour", "从发布到手机（按小时）", "line", "毫秒", "小时", _ARRIVAL, note, drawn=3)
    for hour in range(24):
        figure.lines.append(Line(f"{hour:02d}", f"{hour:02d}:00", _percentiles(shown, shown.hours_of, f"{hour:02d}")))
    return figure


def _percentiles(shown: Shown, day: date, key: str) -> list[Number]:
    cell = shown.at("arrival", "day", day, key)
    if not shown.is_shown(cell):
        return [None for _ in rules.PERCENTILES]
    # The slowest of a few is somebody's own.
    numbers = cell.numbers
    return [numbers[f"p{q}"] if numbers[f"beyond{q}"] >= shown.floor else None for q in rules.PERCENTILES]
