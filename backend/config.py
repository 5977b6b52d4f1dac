"""Settings: read once from the environment, validated, immutable. A bad one stops the start with its name."""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal, TypeVar, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from backend.db import DEFAULT_POOL
from backend.inbox.web_push import PUSH_SERVICES, is_host_pattern

AsyncMode = Literal["eventlet", "gevent", "threading"]
T = TypeVar("T")
# CAP wants senders with names that are unique in the world. This domain is reserved (RFC 2606), so it is nobody's.
EXAMPLE_DOMAIN = "baoshan.ronghui.example"


class BadSetting(SystemExit):
    """A setting that cannot be used. Its text names the variable, never its value."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"设置 {name} 有误 (bad setting {name}): {why}")


@dataclass(frozen=True, slots=True)
class VendorSettings:
    """An account of ours on a platform. `name` and `secret` are what the vendor calls application id and secret.

    `url` takes the place of the vendor's own, for a fake. `domain` and `address` are what Weibo asks for besides: the
    domain that its application is bound to, and the operator's address in the open network.
    """

    name: str
    secret: str
    url: str | None = None
    domain: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """A partner that every article is posted to."""

    id: str
    name: str
    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations."""

    port: int
    database_url: str
    database_pool: int
    data_dir: Path
    receipt_keys: Path
    data_keys: Path
    secret_key: str
    demo: bool
    testing: bool
    async_mode: AsyncMode
    fast_path: bool
    public_url: str
    websub_hubs: tuple[str, ...]
    open311_jurisdiction: str
    open311_contact: str
    alert_domain: str
    wechat: VendorSettings | None
    weibo: VendorSettings | None
    webhooks: tuple[ReceiverSettings, ...]
    fcm_credentials: Path | None
    fcm_endpoint: str | None
    jpush: VendorSettings | None
    vapid_key: Path
    vapid_subject: str
    web_push_hosts: tuple[str, ...]
    proxies: int
    metrics_port: int
    metrics_from: tuple[IPv4Network | IPv6Network, ...]
    sms_url: str | None
    sms_token: str
    sms_signature: str
    sms_per_address: int
    sms_countries: frozenset[int]
    failures_per_address: int
    realname_url: str | None
    realname_token: str
    smtp_url: str | None
    smtp_from: str
    push_ceilings: Path | None
    tick_s: int
    hello_rate: int
    shed_after_s: int
    clock_file: Path | None
    log_level: str
    timezone: ZoneInfo

    @property
    def media_dir(self) -> Path:
        """Where uploaded files lie."""
        return self.data_dir / "media"

    @property
    def keys(self) -> dict[str, Path]:
        """Where the keys lie that the house made for itself: folders, and files under a name of their own."""
        return {"receipt-keys": self.receipt_keys, "data-keys": self.data_keys, "vapid": self.vapid_key}


def load_settings(env: Mapping[str, str]) -> Settings:
    """Read and validate the environment.

    Raises:
        BadSetting: a `SystemExit` that names the first variable that cannot be used.
    """
    demo = _read(env, "DEMO", "0", _flag)
    testing = _read(env, "TESTING", "0", _flag)
    data_dir = Path(env.get("DATA_DIR", "./var")).resolve()
    port = _read(env, "PORT", "8000", _port)
    async_mode = cast("AsyncMode", _read(env, "ASYNC_MODE", "eventlet", _async_mode))
    return Settings(
        port=port,
        database_url=_read(env, "DATABASE_URL", f"sqlite:///{data_dir / 'ronghui.db'}", _database_url),
        database_pool=_read(env, "DATABASE_POOL", str(DEFAULT_POOL), _positive),
        data_dir=data_dir,
        receipt_keys=Path(env.get("RECEIPT_KEYS") or data_dir / "receipt-keys").resolve(),
        data_keys=Path(env.get("DATA_KEYS") or data_dir / "data-keys").resolve(),
        secret_key=_secret_key(env, data_dir, demo=demo or testing),
        demo=demo,
        testing=testing,
        async_mode=async_mode,
        # The other modes have only the library's own way of serving phones.
        fast_path=_read(env, "FAST_PATH", "1", _flag) and async_mode == "eventlet",
        public_url=_read(env, "PUBLIC_URL", f"http://127.0.0.1:{port}", _url),
        websub_hubs=_read(env, "WEBSUB_HUBS", "", _urls),
        open311_jurisdiction=_read(env, "OPEN311_JURISDICTION", "shbsq.gov.cn", _word),
        alert_domain=_read(env, "ALERT_DOMAIN", EXAMPLE_DOMAIN, _domain),
        open311_contact=env.get("OPEN311_CONTACT") or "宝山区融媒体中心，电话 021-12345，open311@example.org",
        wechat=_wechat(env),
        weibo=_weibo(env),
        webhooks=_receivers(env),
        fcm_credentials=_existing_file(env, "FCM_CREDENTIALS"),
        fcm_endpoint=_read(env, "FCM_ENDPOINT", "", _url) or None,
        jpush=_jpush(env),
        vapid_key=Path(env.get("VAPID_KEY") or data_dir / "vapid.pem").resolve(),
        vapid_subject=_read(env, "VAPID_SUBJECT", f"mailto:push@{EXAMPLE_DOMAIN}", _contact),
        web_push_hosts=_read(env, "WEB_PUSH_HOSTS", ",".join(PUSH_SERVICES), _hosts),
        proxies=_read(env, "PROXIES", "0", _count),
        metrics_port=_read(env, "METRICS_PORT", "0", _port_or_none),
        metrics_from=_read(env, "METRICS_FROM", "127.0.0.0/8,::1", _networks),
        sms_url=_sms_url(env, demo=demo or testing),
        sms_token=env.get("SMS_TOKEN", ""),
        sms_signature=_read(env, "SMS_SIGNATURE", "【宝山融媒】", _signature),
        sms_per_address=_read(env, "SMS_PER_ADDRESS", "1000" if demo or testing else "30", _positive),
        sms_countries=_read(env, "SMS_COUNTRIES", "86,852,853,886", _countries),
        failures_per_address=_read(env, "FAILURES_PER_ADDRESS", "1000" if demo or testing else "60", _positive),
        realname_url=_read(env, "REALNAME_URL", "", _url) or None,
        realname_token=env.get("REALNAME_TOKEN", ""),
        smtp_url=_read(env, "SMTP_URL", "", _smtp_url) or None,
        # Needed as soon as there is a server to hand letters to.
        smtp_from=_read(env, "SMTP_FROM", "", _mailbox) if env.get("SMTP_URL") else "",
        push_ceilings=_existing_file(env, "PUSH_CEILINGS"),
        tick_s=_read(env, "TICK_S", "30", _tick),
        # What one process on one core took in the bench (docs/benchmarks.md).
        shed_after_s=_read(env, "SHED_AFTER_S", "1", _positive),
        hello_rate=_read(env, "HELLO_RATE", "5000", _positive),
        clock_file=_clock_file(env, testing=testing),
        log_level=_read(env, "LOG_LEVEL", "INFO", _log_level),
        timezone=_read(env, "TZ", "Asia/Shanghai", ZoneInfo),
    )


def _read(env: Mapping[str, str], name: str, default: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(env.get(name) or default)
    except (ValueError, KeyError, OSError) as error:
        raise BadSetting(name, str(error)) from None


def read_number(env: Mapping[str, str], name: str, default: int, *, at_most: int) -> int:
    """Read a positive whole number for a program that has settings of its own."""

    def parse(text: str) -> int:
        number = _positive(text)
        if number > at_most:
            raise ValueError(f"不大于 {at_most} (at most {at_most})")
        return number

    return _read(env, name, str(default), parse)


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("要写 0 或 1 (0 or 1)")
    return text == "1"


def _domain(text: str) -> str:
    if not re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}", text):
        raise ValueError("要写域名，比如 rongmei.gov.cn (a domain)")
    return text


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise ValueError("要写正整数 (a positive whole number)")
    return number


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("要写网段，逗号分隔 (networks, separated by commas: 10.0.0.0/8)") from None


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 1:
        raise ValueError("要写 0 到 9 (0 to 9)")
    return int(text)


def _port(text: str) -> int:
    port = _positive(text)
    if port > 65535:
        raise ValueError("端口不大于 65535 (at most 65535)")
    return port


def _port_or_none(text: str) -> int:
    return 0 if text == "0" else _port(text)


def _tick(text: str) -> int:
    seconds = _positive(text)
    if seconds > 300:
        raise ValueError("要写 1 到 300 秒 (1 to 300 seconds)")
    return seconds


def _database_url(text: str) -> str:
    if text.startswith(("postgresql://", "postgresql+psycopg2://")):
        return text.replace("postgresql://", "postgresql+psycopg2://", 1)
    if text.startswith("sqlite:///") and text not in {"sqlite:///", "sqlite:///:memory:"}:
        return text
    raise ValueError("要 sqlite:///文件 或 postgresql://… (a SQLite file or PostgreSQL)")


def _async_mode(text: str) -> str:
    if text not in {"eventlet", "gevent", "threading"}:
        raise ValueError("只能是 eventlet、gevent 或 threading")
    return text


def _url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("要以 http:// 或 https:// 开头")
    return text.rstrip("/")


def _smtp_url(text: str) -> str:
    """Check the address of a mail server; the words never repeat it, since it holds a password."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if text and not usable:
        raise ValueError("要写 smtp://用户:密码@主机:端口 或 smtps://… (an address of a mail server)")
    return text


def _mailbox(text: str) -> str:
    if not re.fullmatch("[!-;=?A-~]+@[A-Za-z0-9.-]+", text):
        raise ValueError("要写一个邮箱地址 (an e-mail address)")
    return text


def _signature(text: str) -> str:
    # Gateways take a sender's name of two to twelve characters, and know it by its brackets.
    if not re.fullmatch(r"【[^【】\s]{2,12}】", text):
        raise ValueError("要写成【签名】，2 到 12 个字 (【a name】 of 2 to 12 characters)")
    return text


def _urls(text: str) -> tuple[str, ...]:
    return tuple(_url(part.strip()) for part in text.split(",") if part.strip())


def _contact(text: str) -> str:
    if not re.fullmatch(r"mailto:[!-?A-~]+@[A-Za-z0-9.-]+|https://[A-Za-z0-9.-]+(?:[:/][!-~]*)?", text):
        raise ValueError("要写 mailto: 邮箱，或 https: 网址 (a mailto: or https: address)")
    return text


def _hosts(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(is_host_pattern(part) for part in found):
        raise ValueError("要写小写的主机名，如 push.example、*.push.example (host names in lower case)")
    return found


def _word(text: str) -> str:
    if not re.fullmatch("[!-~]{1,100}", text):
        raise ValueError("用 1 到 100 个可见的 ASCII 字符 (1 to 100 visible ASCII characters)")
    return text


def _countries(text: str) -> frozenset[int]:
    codes = text.split(",")
    if not all(re.fullmatch(r"[1-9][0-9]{0,2}", code) for code in codes):
        raise ValueError("用逗号分开的国际区号，如 86,852 (country codes, parted by commas)")
    return frozenset(map(int, codes))


def _log_level(text: str) -> str:
    if text not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("只能是 DEBUG、INFO、WARNING 或 ERROR")
    return text


def _existing_file(env: Mapping[str, str], name: str) -> Path | None:
    if not env.get(name):
        return None
    path = Path(env[name])
    if not path.is_file():
        raise BadSetting(name, "没有这个文件 (no such file)")
    return path


def _sms_url(env: Mapping[str, str], *, demo: bool) -> str | None:
    """Demand a gateway: without one no citizen could sign in. The demo shows its codes instead."""
    url = _read(env, "SMS_URL", "", _url)
    if not url and not demo:
        raise BadSetting("SMS_URL", "正式运行必须设置短信网关 (required outside the demo)")
    return url or None


def _wechat(env: Mapping[str, str]) -> VendorSettings | None:
    name = env.get("WECHAT_APP_ID", "")
    if not name:
        return None
    return VendorSettings(name, _demanded(env, "WECHAT_APP_SECRET"), _read(env, "WECHAT_URL", "", _url) or None)


def _weibo(env: Mapping[str, str]) -> VendorSettings | None:
    token = env.get("WEIBO_ACCESS_TOKEN", "")
    if not token:
        return None
    return VendorSettings(
        "weibo",
        token,
        _read(env, "WEIBO_URL", "", _url) or None,
        domain=_demanded(env, "WEIBO_DOMAIN"),
        address=_demanded(env, "WEIBO_RIP"),
    )


def _jpush(env: Mapping[str, str]) -> VendorSettings | None:
    name = env.get("JPUSH_APP_KEY", "")
    if not name:
        return None
    return VendorSettings(name, _demanded(env, "JPUSH_MASTER_SECRET"), _read(env, "JPUSH_URL", "", _url) or None)


def _demanded(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise BadSetting(name, "这个渠道还要设置它 (needed for this channel)")
    return env[name]


def _receivers(env: Mapping[str, str]) -> tuple[ReceiverSettings, ...]:
    """Read the partners from a TOML file of `[[receiver]]` tables: id, name, url, secret."""
    path = _existing_file(env, "WEBHOOKS")
    if path is None:
        return ()
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["receiver"]
        found = tuple(ReceiverSettings(row["id"], row["name"], _url(row["url"]), row["secret"]) for row in rows)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError):
        raise BadSetting("WEBHOOKS", "每个 [[receiver]] 要写 id、name、url、secret") from None
    for receiver in found:
        if not re.fullmatch("[0-9a-z_-]{1,24}", receiver.id):
            raise BadSetting("WEBHOOKS", "id 用 1 到 24 个小写字母、数字、_、- (small letters, digits, _ and -)")
    if len({receiver.id for receiver in found}) != len(found):
        raise BadSetting("WEBHOOKS", "id 不能重复 (ids must differ)")
    return found


def _clock_file(env: Mapping[str, str], *, testing: bool) -> Path | None:
    if not env.get("CLOCK_FILE"):
        return None
    if not testing:
        raise BadSetting("CLOCK_FILE", "只在 TESTING=1 时可用 (test mode only)")
    return Path(env["CLOCK_FILE"])


def _secret_key(env: Mapping[str, str], data_dir: Path, *, demo: bool) -> str:
    """Demand a key of 32 characters; a demo makes its own once and keeps it, so that tokens outlive a restart."""
    key = env.get("SECRET_KEY", "")
    if key:
        if len(key) < 32:
            raise BadSetting("SECRET_KEY", "至少 32 个字符 (at least 32 characters)")
        return key
    if not demo:
        raise BadSetting("SECRET_KEY", "正式运行必须设置 (required outside the demo)")
    kept = data_dir / "demo-secret-key"
    if not kept.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()
