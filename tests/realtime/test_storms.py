"""All phones at once: a restart, a process that dies in the middle of news, and more than can be let in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scenario.phone import Phone
from tests.support.raw import RawPhone
from tests.support.server import ROOT, Server, postgres_url, wait_until

PHONES = 40
BREAKING = {
    "headline": "快讯",
    "text": "请绕行。",
    "source": {"name": "区应急管理局", "kind": "official", "verified": True},
    "reason": "突发",
}


def publish(server: Server, headline: str) -> str:
    opened = server.staff("editor").does("POST", "/editor/breaking", BREAKING | {"headline": headline})
    return str(server.staff("duty").does("POST", f"/editor/breaking/{opened['id']}/sign")["id"])


def test_after_a_restart_phones_have_what_they_missed_without_asking(make_server: Callable[..., Server]) -> None:
    server = make_server()
    citizens = [server.citizen() for _ in range(4)]
    phones = [server.phone(citizens[number] if number < 4 else None) for number in range(PHONES)]
    for phone in phones:
        phone.go_online()
    server.kill()
    wait_until(lambda: not any(phone.online for phone in phones))
    server.start()
    story = publish(server, "重启之后的第一条")
    pulls = [phone.pulls for phone in phones]
    for phone in phones:
        phone.go_online()
        assert phone.wait_for(lambda phone=phone: phone.get("article", story))
    # A citizen's own bell is private, and asked for; everything public came with the hello.
    assert [phone.pulls for phone in phones[4:]] == pulls[4:]
    assert all(phone.equals_server() for phone in phones)
    for phone in phones:
        phone.go_offline()


def test_what_was_withdrawn_meanwhile_does_not_come_back_with_the_hello(make_server: Callable[..., Server]) -> None:
    server = make_server()
    phone = server.phone()
    phone.go_online()
    phone.go_offline()
    story = publish(server, "将被撤回的一条")
    chief = server.staff("chief")
    chief.does("POST", f"/editor/stories/{story}/withdraw", {"reason": "有误"})
    raw = RawPhone(server)
    raw.say("hello", {"epoch": phone.epoch, "cursors": phone.at})
    came = json.dumps(raw.events, ensure_ascii=False)
    assert story in came
    assert "将被撤回的一条" not in came
    phone.go_online()
    assert phone.get("article", story) is None
    assert phone.equals_server()
    raw.close()
    phone.go_offline()


def test_more_phones_than_can_be_let_in_are_told_moments_apart(make_server: Callable[..., Server]) -> None:
    server = make_server(HELLO_RATE="2")
    raws = [RawPhone(server) for _ in range(12)]
    for raw in raws:
        raw.socket.send('42/sync,0["hello",{}]')
    heard = [raw._next() for raw in raws]
    waits = [json.loads(text[8:])[1]["retry_after_ms"] for text in heard if text.startswith('42/sync,["bye"')]
    let_in = [text for text in heard if text.startswith("43/sync,0")]
    assert 1 <= len(let_in) <= 6
    assert len(waits) == len(raws) - len(let_in)
    assert '"reason":"busy"' in "".join(heard)
    assert max(waits) - min(waits) > 1000
    # Who comes at a moment of its own gets in.
    wait_until(lambda: "epoch" in (said(server) or {}), 30, pause=0.5)
    for raw in raws:
        raw.close()


def said(server: Server) -> dict[str, object] | None:
    raw = RawPhone(server)
    raw.socket.send('42/sync,0["hello",{}]')
    text = raw._next()
    raw.close()
    found: dict[str, object] | None = json.loads(text[9:])[0] if text.startswith("43/sync,0") else None
    return found


def test_a_token_whose_sign_in_has_ended_is_refused_by_a_process_that_starts_later(
    make_server: Callable[..., Server],
) -> None:
    server = make_server()
    citizen = server.citizen()
    citizen.does("DELETE", "/auth/tokens")
    raw = RawPhone(server)
    assert raw.say("hello", {"token": citizen.token})["code"] == "bad_credentials"
    raw.close()
    server.kill()
    server.start()
    raw = RawPhone(server)
    assert raw.say("hello", {"token": citizen.token})["code"] == "bad_credentials"
    assert "epoch" in raw.say("hello", {})
    raw.close()


@pytest.mark.skipif(not postgres_url(), reason="two web processes need PostgreSQL (TEST_POSTGRES_URL)")
@pytest.mark.skipif(os.environ.get("ASYNC_MODE", "eventlet") != "eventlet", reason="gunicorn runs eventlet only")
def test_one_of_two_web_processes_is_killed_in_a_storm_of_news(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = make_server(start=False)
    env = server.env | {"WEB_WORKERS": "2", "DATABASE_POOL": "4", "WEB_REUSE_PORT": "1"}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "wsgi:app"]
    with (tmp_path / "log").open("wb") as log:
        web = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    server.process = web
    try:
        wait_until(server._answers, 60)
        phones = [server.phone() for _ in range(PHONES)]
        for phone in phones:
            phone.go_online()
        workers = [int(pid) for pid in Path(f"/proc/{web.pid}/task/{web.pid}/children").read_text().split()]
        assert len(workers) == 2
        over = threading.Event()
        keepers = [threading.Thread(target=keep_online, args=(phone, over)) for phone in phones]
        for keeper in keepers:
            keeper.start()
        for number in range(20):
            try_to_publish(server, f"风暴第 {number} 条")
            if number == 7:
                os.kill(workers[0], signal.SIGKILL)
        last = try_to_publish(server, "风暴之后")
        for phone in phones:
            assert phone.wait_for(lambda phone=phone: phone.get("article", last), 60)
        over.set()
        for keeper in keepers:
            keeper.join()
        for phone in phones:
            if not phone.online:
                phone.go_online()
            wait_until(phone.equals_server, 30)
            phone.go_offline()
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(60)


def try_to_publish(server: Server, headline: str) -> str:
    """Publish as an editor does whose line may break: again until it is answered."""
    found: list[str] = []

    def attempt() -> bool:
        try:
            found.append(publish(server, headline))
        except OSError:  # The process that was asked has been killed.
            return False
        return True

    wait_until(attempt, 60)
    return found[0]


def keep_online(phone: Phone, over: threading.Event) -> None:
    """Do what an app does: come back whenever the line is gone."""
    while not over.wait(0.1):
        if not phone.online:
            try:
                phone.go_online()
            except Exception:  # whatever it is, the next attempt is a tenth of a second away
                time.sleep(0)
