"""A page of the 数字报 as HTML: the page to look at, its articles to read, and the way to the other pages and days.

There is no script in it, and no style but the sheet's. On a small screen the page is an overview, and the articles
below it are what one reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from html import escape
from typing import Any

from backend.publishing.newspaper.layout.formats import PAPER
from backend.publishing.newspaper.layout.furniture import chinese_date


def write_page(shown: Mapping[str, Any]) -> str:
    """Write what `public.present_page` returned."""
    day = chinese_date(date.fromisoformat(shown["date"]))
    title = f"{PAPER.name} {shown['date']} {shown['label']} {shown['name']}"
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/static/base.css"><link rel="stylesheet" href="/static/paper.css"></head><body>'
        '<a class="skip" href="#articles">跳到文章列表</a>'
        f'<header class="paper-head"><p class="paper-name"><a href="/paper">{escape(PAPER.name)}</a>'
        "<span>数字报</span></p>"
        f'<p class="paper-day"><time datetime="{shown["date"]}">{day}</time>　第 {shown["number"]} 期</p>'
        f"{_days(shown)}</header>"
        f'<nav class="paper-pages" aria-label="版面"><ol>{"".join(_tabs(shown))}</ol></nav>'
        f'<main class="paper"><h1 class="sr-only">{escape(shown["label"])} {escape(shown["name"])}</h1>'
        f'<div class="paper-sheet">{shown["svg"]}</div>'
        f'<div class="paper-side"><section aria-labelledby="articles"><h2 id="articles">本版文章</h2>'
        f'<ol class="paper-list">{"".join(map(_entry, shown["articles"]))}</ol></section></div>'
        f'<div class="paper-texts">{"".join(map(_article, shown["articles"]))}</div>'
        f'</main><footer class="paper-foot"><p>{escape(PAPER.publisher)}　'
        f'<a href="/">打开客户端</a></p></footer></body></html>\n'
    )


def _days(shown: Mapping[str, Any]) -> str:
    links = [(shown["before"], "上一期", "prev"), (shown["after"], "下一期", "next")]
    items = "".join(f'<a rel="{rel}" href="/paper/{day}">{words}</a>' for day, words, rel in links if day)
    return f'<nav class="paper-days" aria-label="日期">{items}</nav>' if items else ""


def _tabs(shown: Mapping[str, Any]) -> Iterator[str]:
    for page in shown["pages"]:
        current = ' aria-current="page"' if page["number"] == shown["page"] else ""
        yield f'<li><a href="{page["url"]}"{current}><b>{page["label"]}</b> {escape(page["name"])}</a></li>'


def _entry(article: Mapping[str, Any]) -> str:
    if article["state"] == "withdrawn":
        return '<li class="is-struck">已撤稿</li>'
    mark = '<span class="paper-mark">已更正</span>' if article["state"] == "corrected" else ""
    return f'<li><a href="#slot-{article["slot"]}">{escape(article["headline"])}</a>{mark}</li>'


def _article(article: Mapping[str, Any]) -> str:
    anchor = f'<article id="slot-{article["slot"]}" class="paper-article'
    if article["state"] == "withdrawn":
        return f'{anchor} is-struck"><h2>已撤稿</h2><p>这篇稿件已经撤回，不再显示。</p></article>'
    note = f'<p class="paper-note"><b>更正</b> {escape(article["note"])}</p>' if article["note"] else ""
    byline = f'<p class="paper-byline">{escape(article["byline"])}</p>' if article["byline"] else ""
    text = "".join(f"<p>{escape(line)}</p>" for line in article["text"].splitlines() if line.strip())
    more = f'<p class="paper-more"><a href="{escape(article["href"])}">在客户端打开</a></p>' if article["story"] else ""
    return f'{anchor}"><h2>{escape(article["headline"])}</h2>{byline}{note}{text}{more}</article>'
