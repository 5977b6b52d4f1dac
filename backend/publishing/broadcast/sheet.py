"""The sheet of a rundown for the gallery and the presenter, as a page to be printed on A4. No database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from backend.clock import SHANGHAI
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.export import clock_of, length_of

STYLE = "/static/sheet.css"
_WEEKDAYS = "一二三四五六日"


def as_page(rundown: Mapping[str, Any], printed_at: datetime) -> str:
    """Write the sheet of a rundown as it is presented."""
    title = f"{rundown['show']} 串联单"
    draft = '<p class="draft">编排中，尚未锁定，不作播出依据</p>' if rundown["state"] == rules.BUILDING else ""
    rows = "".join(_row(number, item) for number, item in enumerate(rundown["items"], start=1))
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<link rel="stylesheet" href="{STYLE}">\n</head>\n<body>\n'
        f"<header>\n<h1>{escape(rundown['show'])}</h1>\n{_facts(rundown)}{draft}</header>\n"
        f"{_table(rows) if rows else ''}{_crawls(rundown)}"
        f"<footer>{escape(_foot(rundown, printed_at))}</footer>\n</body>\n</html>\n"
    )


def _facts(rundown: Mapping[str, Any]) -> str:
    start = datetime.fromisoformat(rundown["airtime"]).astimezone(SHANGHAI)
    day = f"{start:%Y}年{start.month}月{start.day}日 星期{_WEEKDAYS[start.weekday()]}"
    facts = [("播出", f"{rules.MEDIA[rundown['medium']]} {day}")]
    if rundown["scope"] == rules.SHOW:
        over = rundown["over_seconds"]
        how = "正好" if not over else f"超时 {over} 秒" if over > 0 else f"欠时 {-over} 秒"
        facts += [
            ("开始", f"{start:%H:%M:%S}"),
            ("计划", length_of(rundown["planned_seconds"])),
            ("预计", f"{length_of(rundown['total_seconds'])}（{how}）"),
        ]
    facts.append(("编播", rundown["director"]["name"] if rundown["director"] else "未指定"))
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(words)}</dd></div>" for name, words in facts)
    return f"<dl>{cells}</dl>\n"


def _table(rows: str) -> str:
    return (
        '<table>\n<thead><tr><th scope="col">时刻</th><th scope="col">条目与文稿</th>'
        '<th scope="col">时长</th></tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n"
    )


def _row(number: int, item: Mapping[str, Any]) -> str:
    """Write one item: its times at the left, its words in the middle, its lengths at the right."""
    times = [
        f'<b class="front">{clock_of(item["starts_at"])}</b>',
        f"<span>最迟 {clock_of(item['back_at'])}</span>" if item["back_at"] else "",
        f"<span>累计 {length_of(item['elapsed_seconds'])}</span>" if item["elapsed_seconds"] is not None else "",
        f"<span>倒计 {length_of(item['remaining_seconds'])}</span>" if item["remaining_seconds"] is not None else "",
    ]
    lengths = f"<b>{item['estimated_seconds']}秒</b><span>计划 {item['planned_seconds']}秒</span>"
    return (
        f'<tr class="{item["kind"]}">\n<td class="times">{"".join(times)}</td>\n'
        f'<td class="words"><h2><i>{number}</i>{escape(item["slug"])}<em>{item["kind_name"]}</em>{_mark(item)}</h2>'
        f'{_script(item["script"])}{_extras(item)}</td>\n<td class="lengths">{lengths}</td>\n</tr>\n'
    )


def _mark(item: Mapping[str, Any]) -> str:
    if item["withheld"]:
        return "<strong>未公开</strong>"
    return "" if item["cleared"] else "<strong>未放行</strong>"


def _script(script: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in script.splitlines() if line.strip())


def _extras(item: Mapping[str, Any]) -> str:
    names = rules.LOWER_THIRDS
    lines = [
        f"<li>{names[line['kind']]} {_offset(line['in'])}—{_offset(line['out'])} {escape(line['text'])}</li>"
        for line in item["lower_thirds"]
    ]
    lines += [f"<li>片子 {clip['seconds']:g}秒 {escape(clip['media'])}</li>" for clip in item["clips"]]
    return f'<ul class="extras">{"".join(lines)}</ul>' if lines else ""


def _offset(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def _crawls(rundown: Mapping[str, Any]) -> str:
    if not rundown["crawls"]:
        return ""
    rows = "".join(
        f"<li>{escape(item['script'])}<span>{_hours(item)}播 {item['repeats']} 次"
        f"{'，应急' if item['emergency'] else ''}</span>{_mark(item)}</li>\n"
        for item in rundown["crawls"]
    )
    return f'<section class="crawls">\n<h2>滚动字幕</h2>\n<ol>\n{rows}</ol>\n</section>\n'


def _hours(item: Mapping[str, Any]) -> str:
    if not item["from"] and not item["to"]:
        return ""
    return f"{clock_of(item['from']) or '开始'}—{clock_of(item['to']) or '结束'}，"


def _foot(rundown: Mapping[str, Any], printed_at: datetime) -> str:
    locked = f"，{rundown['locked_by']['name']}锁定" if rundown["locked_by"] else ""
    issue = f"第 {rundown['issue']} 版" if rundown["issue"] else "草稿"
    at = printed_at.astimezone(SHANGHAI)
    return f"{issue}{locked}，{rundown['state_name']}。{at:%Y-%m-%d %H:%M:%S} 打印，编号 {rundown['id']}"
