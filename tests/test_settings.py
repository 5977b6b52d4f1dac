"""Each setting that cannot be used stops the start and is named; its value is not shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.config import BadSetting, Settings, load_settings
from backend.inbox.web_push import PUSH_SERVICES
from tests.support.server import ROOT, SECRET, Server, free_port, postgres_url

GOOD = {"SECRET_KEY": SECRET, "SMS_URL": "https://sms.example/send"}


def load(tmp_path: Path, **env: str) -> Settings:
    return load_settings({"DATA_DIR": str(tmp_path)} | GOOD | env)


def test_the_defaults_are_those_of_the_readme(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.port, settings.demo, settings.async_mode, settings.tick_s) == (8000, False, "eventlet", 30)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.database_url == f"sqlite:///{tmp_path / 'ronghui.db'}"
    assert str(settings.timezone) == "Asia/Shanghai"
    assert (settings.fcm_credentials, settings.sms_per_address, settings.proxies) == (None, 30, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_DOMAIN", "not a domain"),
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("DATABASE_URL", "mysql://somewhere/db"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite://"),
        ("DEMO", "yes"),
        ("TESTING", "true"),
        ("ASYNC_MODE", "asyncio"),
        ("SECRET_KEY", "too short"),
        ("PUBLIC_URL", "app.example"),
        ("FCM_CREDENTIALS", "/no/such/file.json"),
        ("FCM_ENDPOINT", "somewhere"),
        ("VAPID_SUBJECT", "push@example.org"),
        ("VAPID_SUBJECT", "http://example.org"),
        ("WEB_PUSH_HOSTS", "https://push.example"),
        ("WEB_PUSH_HOSTS", "push.*.example"),
        ("WEB_PUSH_HOSTS", "*"),
        ("SMS_URL", "tel:10086"),
        ("SMS_PER_ADDRESS", "0"),
        ("SMS_COUNTRIES", "+86"),
        ("SMS_COUNTRIES", "0086"),
        ("FAILURES_PER_ADDRESS", "0"),
        ("SMS_SIGNATURE", "宝山融媒"),
        ("SMS_SIGNATURE", "【】"),
        ("SMS_SIGNATURE", "【宝山】【融媒】"),
        ("SMTP_URL", "mail.example:25"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example:port"),
        ("PUSH_CEILINGS", "/no/such/file.toml"),
        ("OPEN311_JURISDICTION", "两 词"),
        ("SMS_PER_ADDRESS", "many"),
        ("PROXIES", "-1"),
        ("PROXIES", "several"),
        ("TICK_S", "0"),
        ("TICK_S", "301"),
        ("TICK_S", "1.5"),
        ("CLOCK_FILE", "clock"),
        ("LOG_LEVEL", "loud"),
        ("TZ", "Asia/Baoshan"),
        ("TZ", "../../etc/passwd"),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not_shown(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        load(tmp_path, **{name: value})
    words = str(refusal.value)
    assert f"bad setting {name}" in words
    if name == "SECRET_KEY":
        assert value not in words


def test_a_mail_server_wants_a_sender_and_its_password_is_not_shown(tmp_path: Path) -> None:
    url = "smtp://ronghui:the-password@mail.example:587"
    settings = load(tmp_path, SMTP_URL=url, SMTP_FROM="ronghui@media.example")
    assert (settings.smtp_url, settings.smtp_from) == (url, "ronghui@media.example")
    assert (load(tmp_path).smtp_url, load(tmp_path).sms_signature) == (None, "【宝山融媒】")
    for sender in ("", "ronghui", "融汇@media.example", "a@media.example\nBcc: b@media.example", "A <a@media.example>"):
        with pytest.raises(BadSetting, match="bad setting SMTP_FROM"):
            load(tmp_path, SMTP_URL=url, SMTP_FROM=sender)
    with pytest.raises(BadSetting, match="bad setting SMTP_URL") as refusal:
        load(tmp_path, SMTP_URL="smtp://ronghui:the-password@mail.example:the-password")
    assert "the-password" not in str(refusal.value)


@pytest.mark.parametrize("name", ["SECRET_KEY", "SMS_URL"])
def test_outside_the_demo_these_are_demanded(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSetting, match=f"bad setting {name}"):
        load(tmp_path, **{name: ""})


def test_a_vendor_of_pushes_is_off_without_its_account_and_named_with_half_of_it(tmp_path: Path) -> None:
    assert load(tmp_path).jpush is None
    with pytest.raises(BadSetting, match="bad setting JPUSH_MASTER_SECRET"):
        load(tmp_path, JPUSH_APP_KEY="key")
    with pytest.raises(BadSetting, match="bad setting JPUSH_URL"):
        load(tmp_path, JPUSH_APP_KEY="key", JPUSH_MASTER_SECRET="secret", JPUSH_URL="somewhere")
    held = load(tmp_path, JPUSH_APP_KEY="key", JPUSH_MASTER_SECRET="secret", JPUSH_URL="http://127.0.0.1:1/").jpush
    assert held is not None
    assert (held.name, held.secret, held.url) == ("key", "secret", "http://127.0.0.1:1")


def test_pushes_to_browsers_need_no_setting(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.vapid_key == tmp_path / "vapid.pem"
    assert settings.vapid_subject == "mailto:push@baoshan.ronghui.example"
    assert settings.web_push_hosts == PUSH_SERVICES
    assert load(tmp_path, WEB_PUSH_HOSTS=" a.example, *.b.example ").web_push_hosts == ("a.example", "*.b.example")
    assert load(tmp_path, VAPID_SUBJECT="https://rongmei.example/contact").vapid_subject.endswith("/contact")


def test_the_demo_makes_its_key_once_and_keeps_it(tmp_path: Path) -> None:
    first = load(tmp_path, DEMO="1", SECRET_KEY="", SMS_URL="")
    assert len(first.secret_key) >= 32
    assert load(tmp_path, DEMO="1", SECRET_KEY="", SMS_URL="").secret_key == first.secret_key
    (kept,) = tmp_path.glob("*secret*")
    assert kept.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"


def test_an_address_of_the_public_url_loses_its_last_slash(tmp_path: Path) -> None:
    assert load(tmp_path, PUBLIC_URL="https://app.example/").public_url == "https://app.example"


def run(server: Server, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    settings = {"PORT": str(free_port())} | env
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=server.env | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def loaded(make_server: Callable[..., Server]) -> Server:
    """A server with the demo in its database, not started."""
    return make_server(start=False)


STARTS = {
    "embedded": ("wsgi.py",),
    "web": ("-m", "gunicorn", "-c", "deploy/gunicorn.py", "wsgi:app"),
    "worker": ("-m", "flask", "--app", "wsgi", "work"),
}


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS)
def test_every_start_stops_at_a_bad_setting(loaded: Server, command: tuple[str, ...]) -> None:
    ended = run(loaded, *command, TICK_S="never", ASYNC_MODE="eventlet")
    assert ended.returncode != 0
    assert "bad setting TICK_S" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS)
def test_every_start_refuses_demo_accounts_outside_the_demo(loaded: Server, command: tuple[str, ...]) -> None:
    # One web process: when two refuse at the same moment, gunicorn's master adds a stack of its own to our words.
    outside = {"DEMO": "0", "TESTING": "0", "CLOCK_FILE": "", "SMS_URL": "http://127.0.0.1:9", "WEB_WORKERS": "1"}
    ended = run(loaded, *command, ASYNC_MODE="eventlet", **outside)
    assert ended.returncode != 0
    assert "bad setting DEMO" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_holds_no_service_account_is_named(loaded: Server, tmp_path: Path) -> None:
    broken = tmp_path / "fcm.json"
    broken.write_text('{"type": "nothing of the kind"}')
    ended = run(loaded, *STARTS["worker"], FCM_CREDENTIALS=str(broken))
    assert ended.returncode != 0
    assert "bad setting FCM_CREDENTIALS" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_start_outside_the_demo_loads_no_demo(make_server: Callable[..., Server]) -> None:
    server = make_server(
        fresh=True, start=False, DEMO="0", TESTING="0", CLOCK_FILE="", SMS_URL="http://127.0.0.1:9", WEB_WORKERS="1"
    )
    server.start()
    assert server.anonymous().does("GET", "/feed")["items"] == []
    asked = server.anonymous().post("/auth/codes", {"phone": "+8613800210101"})
    assert (asked.status_code, sorted(asked.json())) == (202, ["expires_in"]), "no code in the answer"
    answer = server.anonymous().post(
        "/auth/tokens", {"grant": "password", "username": "chief", "password": "demo-chief"}
    )
    assert answer.status_code == 401
    assert server.stop() == 0


def test_a_port_in_use_says_so_before_anything_starts(server: Server) -> None:
    ended = run(server, "wsgi.py", PORT=str(server.port))
    assert ended.returncode != 0
    assert "in use" in ended.stderr
    assert postgres_url() or server.anonymous().get("/feed").status_code == 200
