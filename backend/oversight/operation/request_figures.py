"""The figures about requests: how many were filed and solved, and how long it took."""

from __future__ import annotations

from backend.district.models import Office
from backend.oversight.operation import rules
from backend.oversight.operation.figure import Column, Figure, Line, Number, floor_words
from backend.oversight.operation.shown import SOLVED, Shown, Sum
from backend.requests.models import Service

_REQUESTS = (
    Column("filed", "提交"),
    Column("solved", "办结"),
    Column("rate", "办结率", "percent"),
    Column("days", "办结用时中位数", "days"),
)
_NOWHERE = {"-": "尚未派单"}
_REQUEST_WORDS = "按提交的月份（整月）计，人数按提交诉求的市民；办结与未办结的市民都不少于下限时才给出办结数。"


def requests_by_month(shown: Shown) -> Figure:
    """诉求办结 Requests by the month in which they were filed."""
    note = f"{_REQUEST_WORDS}{floor_words(shown.floor)}"
    figure = Figure("requests_by_month", "诉求办结（按月）", "bar", "件", "月份", _REQUESTS, note, drawn=2)
    for month in rules.months_between(shown.first, shown.last):
        cell = shown.at("request", "month", month)
        values: list[Number] = [None, None, None, None]
        if shown.is_shown(cell):
            numbers = cell.numbers
            values[0] = numbers["filed"]
            if shown.may_split(cell, SOLVED):
                days = rules.median_of({int(tenths): count for tenths, count in numbers["days"].items()})
                rate = rules.percent(numbers["solved"], numbers["filed"])
                values[1:] = [numbers["solved"], rate, None if days is None else round(days / 10, 1)]
        figure.lines.append(Line(f"{month:%Y-%m}", f"{month:%Y-%m}", values))
    return figure


def requests_by_office(shown: Shown) -> Figure:
    """分单位办结 Requests by the office they are with."""
    note = f"{_REQUEST_WORDS}单位按诉求现在所在的承办单位。{floor_words(shown.floor)}"
    figure = Figure("requests_by_office", "诉求办结（按承办单位）", "bar", "件", "单位", _REQUESTS, note, drawn=2)
    named, sums = shown.names.of(Office) | _NOWHERE, shown.sums_of_requests(services=False)
    # All of the catalogue are listed, since a row that is there only when somebody asked would tell that somebody did.
    usual = list(dict.fromkeys([*shown.names.offices_of_services().values(), *_NOWHERE]))
    for key in [*usual, *(key for key, found in sorted(sums.items()) if found.days and key not in usual)]:
        figure.lines.append(Line(key, named.get(key, key), _request_values(sums.get(key, Sum()))))
    return figure


def requests_by_service(shown: Shown) -> Figure:
    """分事项办结 Requests by office and service."""
    note = f"{_REQUEST_WORDS}事项列在承办单位之下，单位不显示的，其下事项也不显示。{floor_words(shown.floor)}"
    figure = Figure("requests_by_service", "诉求办结（按事项）", "bar", "件", "事项", _REQUESTS, note, drawn=2)
    offices, services = shown.names.of(Office) | _NOWHERE, shown.names.of(Service)
    sums = shown.sums_of_requests(services=True)
    usual = [f"{office}/{service}" for service, office in shown.names.offices_of_services().items()]
    for key in [*usual, *(key for key, found in sorted(sums.items()) if found.days and key not in usual)]:
        office, _, service = key.partition("/")
        label = f"{services.get(service, service)}（{offices.get(office, office)}）"
        figure.lines.append(Line(key, label, _request_values(sums.get(key, Sum()))))
    return figure


def _request_values(found: Sum) -> list[Number]:
    if not found.days:
        return [None, None, None, None]
    if not found.split_whole:
        return [found.amount, None, None, None]
    days = rules.median_of(found.waits)
    rate = rules.percent(found.split_part, found.split_whole)
    return [found.amount, found.split_part, rate, None if days is None else round(days / 10, 1)]
