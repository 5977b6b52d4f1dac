"""Links of the body: written rightly, encrypted, to a name and not to a machine, and not known to be dead."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from backend.newsroom.examination.aids.findings import Hit
from backend.newsroom.examination.aids.text import Link, Passage


def check(passage: Passage, dead: frozenset[str]) -> Iterator[Hit]:
    """Report links that readers cannot use or should not. Whether one answers, `dead` says."""
    for link in passage.links:
        if why := problem(link.href):
            yield _hit(passage, link, "link", why)
        if link.href in dead:
            yield _hit(passage, link, "dead_link", f"链接 {link.href} 打不开。")


def problem(href: str) -> str | None:
    """Say in Chinese what is wrong with an address, or None."""
    try:
        parts = urlsplit(href)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"链接 {href} 写法不对。"
    if parts.scheme not in {"http", "https"} or not host or href != href.strip() or any(map(str.isspace, href)):
        return f"链接 {href} 写法不对。" if href else "链接没有地址。"
    if _is_machine(host):
        return f"链接 {href} 指向一台机器，不是公开的网站。"
    if "." not in host:
        return f"链接 {href} 的域名不完整。"
    return None if parts.scheme == "https" else f"链接 {href} 没有用 https。"


def _is_machine(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    # Browsers read 127.1, 0x7f.0.0.1 and 2130706433 as addresses too.
    if all(part[:1].isdigit() and part.removeprefix("0x").isalnum() for part in host.rstrip(".").split(".")):
        last = host.rstrip(".").rsplit(".", 1)[-1]
        return last.isdigit() or last.startswith("0x")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _hit(passage: Passage, link: Link, rule: str, why: str) -> Hit:
    return Hit(rule, "warn", passage, link.start, link.end, why=why, category="链接", key=link.href)
