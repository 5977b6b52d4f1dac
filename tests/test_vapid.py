"""The key that pushes to browsers are signed with, and what a browser hands over when it subscribes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backend.inbox.vapid import VapidKey
from backend.inbox.web_push import PUSH_SERVICES, Subscription, is_host_pattern, is_push_service, read_subscription

ROOT = Path(__file__).parents[1]
# The keys of RFC 8291, Appendix A.
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


# The key


def test_a_key_is_made_once_and_nobody_else_on_the_machine_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "vapid.pem"
    first = VapidKey.load(path)
    assert VapidKey.load(path).public == first.public
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes() == first.pem
    assert [one.name for one in path.parent.iterdir()] == ["vapid.pem"], "nothing is left beside it"


def test_the_public_half_is_what_a_browser_subscribes_with(tmp_path: Path) -> None:
    key = VapidKey.load(tmp_path / "vapid.pem")
    assert len(key.public) == 87
    assert key.public.startswith("B"), "an uncompressed point begins with 4"
    assert not set(key.public) & set("+/=")


MANY = """
import sys
from pathlib import Path
from backend.inbox.vapid import VapidKey
sys.stdin.read()
print(VapidKey.load(Path(sys.argv[1])).public)
"""


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    command = [sys.executable, "-c", MANY, str(path)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    # All wait for the end of their input, so that they look for the file as nearly at once as can be.
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
    said = set()
    for process in running:
        assert process.stdout is not None
        with process.stdout as output:
            said.add(output.read())
        assert process.wait(timeout=30) == 0
    assert said == {VapidKey.load(path).public + "\n"}


def test_a_key_that_is_there_already_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vapid.pem"
    held = VapidKey.load(path).public
    # The race, made certain: this process looked before the other one had made the file.
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert VapidKey.load(path).public == held
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_with_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    others = [
        b"",
        b"no key",
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ]
    path = tmp_path / "vapid.pem"
    for content in others:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"vapid\.pem"):
            VapidKey.load(path)
        assert path.read_bytes() == content


# Which services may be called


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/f1:APA91b",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB%2f",
        "https://web.push.apple.com/QGuQyavXutnMH",
        "HTTPS://FCM.googleapis.COM/fcm/send/x",
    ],
)
def test_the_services_of_the_four_browser_makers_may_be_called(endpoint: str) -> None:
    assert is_push_service(endpoint, PUSH_SERVICES)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://evilnotify.windows.com/x",
        "https://.notify.windows.com/x",
        "https://a..notify.windows.com/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://user:word@fcm.googleapis.com/x",
        "https://127.0.0.1\\@fcm.googleapis.com/x",
        "https://127.0.0.1/#@fcm.googleapis.com/x",
        "https://127.0.0.1?fcm.googleapis.com/x",
        "https://[::1]/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\r\nHost: other",
        "https://fcm.googleapis.com/x\n",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/路",
        "https://fcm。googleapis.com/x",
        "https://noti\u017fy.push.apple.com/x",
        "https://fcm.googleapis.com/" + "x" * 2000,
        "file:///etc/passwd",
        "gopher://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "",
    ],
)
def test_no_other_address_may_be_called(endpoint: str) -> None:
    assert not is_push_service(endpoint, PUSH_SERVICES)


def test_a_fake_is_named_with_its_port_and_needs_no_tls() -> None:
    hosts = ("127.0.0.1:4321", "push.example")
    assert is_push_service("http://127.0.0.1:4321/push/1", hosts)
    assert is_push_service("https://127.0.0.1:4321/push/1", hosts)
    assert not is_push_service("http://127.0.0.1:4322/push/1", hosts)
    assert not is_push_service("http://127.0.0.1/push/1", hosts)
    assert not is_push_service("http://push.example/push/1", hosts)
    assert not is_push_service("https://push.example/push/1", ())


@pytest.mark.parametrize("pattern", [*PUSH_SERVICES, "localhost", "127.0.0.1:4321"])
def test_a_list_may_name_hosts(pattern: str) -> None:
    assert is_host_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["", "*", "*.", "*.*.example", "a.*", "https://a.example", "a.example/x", "A.example"]
)
def test_a_list_may_name_nothing_else(pattern: str) -> None:
    assert not is_host_pattern(pattern)


# What a browser hands over


def given(**keys: object) -> dict[str, object]:
    return {
        "endpoint": "https://push.example/1",
        "expirationTime": None,
        "keys": {"auth": AUTH, "p256dh": P256DH, **keys},
    }


def test_a_subscription_has_one_text_however_the_browser_wrote_it() -> None:
    read = read_subscription(given())
    assert read == Subscription("https://push.example/1", AUTH, P256DH)
    assert read.address == (f'{{"endpoint":"https://push.example/1","keys":{{"auth":"{AUTH}","p256dh":"{P256DH}"}}}}')
    padded = given(auth=AUTH + "==", p256dh=P256DH.replace("-", "+").replace("_", "/") + "=")
    assert read_subscription(padded) == read
    assert read_subscription(read.address) == read
    assert read_subscription(json.dumps(given())) == read


@pytest.mark.parametrize(
    "bad",
    [
        {},
        [],
        None,
        7,
        "",
        "no JSON",
        "[" * 3900,
        json.dumps({"endpoint": "https://push.example/" + "x" * 4000, "keys": {"auth": AUTH, "p256dh": P256DH}}),
        {"endpoint": "https://push.example/1"},
        {"endpoint": "https://push.example/1", "keys": []},
        {"endpoint": 7, "keys": {"auth": AUTH, "p256dh": P256DH}},
        given(auth=None),
        given(auth=""),
        given(auth=AUTH[:-3]),
        given(auth="é" * 22),
        given(auth="!" * 22),
        given(p256dh=None),
        given(p256dh=P256DH[:-2]),
        given(p256dh="C" + P256DH[1:]),
        # On no curve: the last bytes of the point are other ones.
        given(p256dh=P256DH[:-4] + "AAAA"),
    ],
)
def test_what_is_no_subscription_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_subscription(bad)
