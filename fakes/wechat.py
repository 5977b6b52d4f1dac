"""A fake WeChat Official Account that the real adapter talks to, in this process or as `python -m fakes.wechat`.

Tests steer it as `fakes.steered` says, and besides by `POST /_fake/settings` with fields of
`fakes.wechat_store.Settings`.
"""

from __future__ import annotations

from typing import cast

from fakes.ruled import run
from fakes.steered import SteeredFake
from fakes.wechat_vendor import APP_ID, APP_SECRET, WechatVendor

__all__ = ["APP_ID", "APP_SECRET", "FakeWechat", "serve"]


class FakeWechat(SteeredFake):
    """A running fake of one account."""

    make = WechatVendor

    @property
    def drafts(self) -> int:
        """How many drafts lie in the account's box."""
        return len(self._wechat.store.drafts)

    def forget_tokens(self) -> None:
        """Make all access tokens given out so far invalid."""
        self._wechat.store.tokens.forget()

    def drop_materials(self) -> None:
        """Delete the account's permanent pictures, as its people can on the platform's pages."""
        self._wechat.store.materials.clear()

    def drop_drafts(self) -> None:
        """Delete the account's drafts."""
        self._wechat.store.drafts.clear()

    def count(self, post_id: str, **counters: int) -> None:
        """Set what the statistics say of an article, from its second day on, such as `read_user`."""
        self._wechat.store.articles[post_id].counters.update(counters)

    @property
    def _wechat(self) -> WechatVendor:
        return cast("WechatVendor", self.vendor)


def serve(host: str = "127.0.0.1", port: int = 0, app_id: str = APP_ID, app_secret: str = APP_SECRET) -> FakeWechat:
    """Start a fake in threads of this process. Port 0 takes a free one."""
    return FakeWechat(host, port, app_id=app_id, app_secret=app_secret)


def main(arguments: list[str] | None = None) -> None:
    """Run a fake until it is told to stop."""
    what = "假的微信公众号，供演示和测试 (a fake WeChat account for demo and tests)"
    run(FakeWechat, what, 9101, ("app_id", "app_secret"), arguments)


if __name__ == "__main__":
    main()
