"""Which channels this installation has, from its settings, and their adapters.

The rows of channels are made wherever the database is prepared; adapters, and in the demo the vendors they talk to,
only where jobs are done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.config import ReceiverSettings, Settings, VendorSettings
from backend.feed.syndication.items import Outlet
from backend.publishing.actions import ChannelSpec
from backend.publishing.channel import Capabilities, Channel
from backend.publishing.shelf import DatabaseShelf
from backend.unit_of_work import Database
from channels.broadcast import BroadcastChannel
from channels.newspaper import NewspaperChannel
from channels.syndication import SyndicationChannel
from channels.webhook import WebhookChannel
from channels.wechat import WechatChannel
from channels.weibo import WeiboChannel

# What vendors allow, as they document it; a centre may change its rows.
_WEIBO_PER_MINUTE = 30
_PARTNER_PER_MINUTE = 600


@dataclass(frozen=True, slots=True)
class Installed:
    """A channel of this installation. `build` makes its adapter; the app has none, as it shares our transactions."""

    spec: ChannelSpec
    build: Callable[[], Channel] | None


def installed_channels(settings: Settings, database: Database) -> list[Installed]:
    """List the channels that the settings name. The demo has the vendors of its own where none is named."""
    app = Capabilities(edit=True, delete=True, read_back=True)
    found = [
        Installed(ChannelSpec("app", "app", "客户端", ["app_article"], app), None),
        Installed(
            ChannelSpec("newspaper", "newspaper", "报纸", ["page_slot"], NewspaperChannel.capabilities),
            NewspaperChannel,
        ),
        Installed(
            ChannelSpec("broadcast", "broadcast", "电视", ["rundown_item"], BroadcastChannel.capabilities),
            lambda: BroadcastChannel(database),
        ),
        Installed(
            ChannelSpec(
                "syndication",
                "syndication",
                "订阅源",
                ["article"],
                SyndicationChannel.capabilities,
                per_minute=_PARTNER_PER_MINUTE,
            ),
            lambda: SyndicationChannel(_outlet(settings)),
        ),
    ]
    if settings.wechat or settings.demo:
        found.append(_wechat(settings, database))
    if settings.weibo or settings.demo:
        found.append(_weibo(settings))
    found += [_webhook(settings, receiver) for receiver in settings.webhooks]
    if settings.demo and not settings.testing and not settings.webhooks:
        found.append(_demo_webhook(settings))
    return found


def _outlet(settings: Settings) -> Outlet:
    return Outlet(settings.public_url, settings.websub_hubs)


def _wechat(settings: Settings, database: Database) -> Installed:
    def build() -> Channel:
        vendor = settings.wechat or _demo_wechat()
        shelf = DatabaseShelf(database, "wechat", settings.secret_key)
        return WechatChannel(vendor.url, vendor.name, vendor.secret, shelf, clock=database.clock)

    spec = ChannelSpec("wechat", "wechat", "微信公众号", ["wechat_article"], WechatChannel.capabilities)
    return Installed(spec, build)


def _weibo(settings: Settings) -> Installed:
    def build() -> Channel:
        vendor = settings.weibo or _demo_weibo(settings)
        return WeiboChannel(vendor.url, vendor.secret, vendor.domain, vendor.address)

    spec = ChannelSpec(
        "weibo", "weibo", "微博", ["weibo_post"], WeiboChannel.capabilities, per_minute=_WEIBO_PER_MINUTE
    )
    return Installed(spec, build)


def _webhook(settings: Settings, receiver: ReceiverSettings) -> Installed:
    def build() -> Channel:
        outlet = _outlet(settings)
        return WebhookChannel(receiver.url, receiver.secret, outlet, allow_private=settings.testing)

    return Installed(_webhook_spec(receiver.id, receiver.name), build)


def _demo_webhook(settings: Settings) -> Installed:
    def build() -> Channel:
        from fakes import receiver  # noqa: PLC0415  # only the demo has a partner of its own

        fake = receiver.FakeReceiver()
        return WebhookChannel(f"{fake.url}/in", receiver.SECRET, _outlet(settings), allow_private=True)

    return Installed(_webhook_spec("city", "市级平台"), build)


def _webhook_spec(receiver_id: str, name: str) -> ChannelSpec:
    # Partners get everything in its order.
    return ChannelSpec(
        f"webhook-{receiver_id}",
        "webhook",
        name[:60],
        ["article"],
        WebhookChannel.capabilities,
        per_minute=_PARTNER_PER_MINUTE,
        ordered="channel",
    )


def _demo_wechat() -> VendorSettings:
    from fakes import wechat  # noqa: PLC0415  # only the demo has a vendor of its own

    fake = wechat.serve()
    return VendorSettings(wechat.APP_ID, wechat.APP_SECRET, fake.url)


def _demo_weibo(settings: Settings) -> VendorSettings:
    from fakes import weibo  # noqa: PLC0415  # for the same reason

    domain = _host_of(settings.public_url)
    fake = weibo.serve(domain=domain)
    return VendorSettings("weibo", weibo.TOKEN, fake.url, domain=domain, address="203.0.113.7")


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0]
