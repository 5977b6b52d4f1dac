"""A fake Weibo that the real adapter talks to, in this process or as `python -m fakes.weibo`.

Tests steer it as `fakes.steered` says, and besides by `POST /_fake/settings` with fields of
`fakes.weibo_vendor.Settings`.
"""

from __future__ import annotations

from typing import cast

from fakes.ruled import run
from fakes.steered import SteeredFake
from fakes.weibo_vendor import DOMAIN, TOKEN, WeiboVendor

__all__ = ["DOMAIN", "TOKEN", "FakeWeibo", "serve"]


class FakeWeibo(SteeredFake):
    """A running fake of one account."""

    make = WeiboVendor

    def count(self, post_id: str, **counters: int) -> None:
        """Set the counters of a post: `comments`, `reposts`, `attitudes`, `reads`."""
        cast("WeiboVendor", self.vendor).count(post_id, counters)


def serve(host: str = "127.0.0.1", port: int = 0, token: str = TOKEN, domain: str = DOMAIN) -> FakeWeibo:
    """Start a fake in threads of this process; `domain` is the one that links must lead to. Port 0 takes a free one."""
    return FakeWeibo(host, port, token=token, domain=domain)


def main(arguments: list[str] | None = None) -> None:
    """Run a fake until it is told to stop."""
    run(FakeWeibo, "假的微博，供演示和测试 (a fake Weibo for demo and tests)", 9102, ("token", "domain"), arguments)


if __name__ == "__main__":
    main()
