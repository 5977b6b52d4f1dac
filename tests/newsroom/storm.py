"""What the chaos test of publishing is made of: five vendors, people who do not give up, and all that goes wrong.

The vendors run in pytest's own process, so that they outlive every kill of the application.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from fakes import hub, receiver, wechat, weibo
from tests.newsroom.outlets import cleared, settings_of, written_body
from tests.support.server import Server
from tests.support.worker import ExtraWorker

SENTENCES = ("凌晨恢复供水。", "清晨恢复供水。")
# Kinds that take the call and spoil the answer are the worst, and so the most frequent. A lie says "not now": one that
# says "never" is believed, as it has to be.
_ODDS = {"drop": 0.04, "lose": 0.07, "garble": 0.04, "half": 0.03, "delay": 0.06}
_LIES: dict[str, list[dict[str, Any]]] = {
    "wechat": [{"errcode": -1}, {"status": 502, "body": "网关错误"}],
    "weibo": [{"errcode": 10009}, {"errcode": 10001}, {"status": 502, "body": "网关错误"}],
    "other": [{"status": 503}, {"status": 500}],
}
_DELAY_S = 0.4


@dataclass
class Vendors:
    """Everybody outside."""

    wechat: wechat.FakeWechat
    weibo: weibo.FakeWeibo
    hub: hub.FakeHub
    city: receiver.FakeReceiver
    county: receiver.FakeReceiver

    @property
    def all(self) -> dict[str, Any]:
        return self.__dict__

    def misbehave(self, seed: int) -> None:
        """Drop, lose, garble, delay and lie from now on, by what follows from the seed."""
        for name, vendor in self.all.items():
            lies = _LIES.get(name, _LIES["other"])
            rules = [{"kind": kind, "probability": odds} for kind, odds in _ODDS.items()]
            rules += [{"kind": kind, "probability": 0.03} | lie for kind in ("lie", "refuse") for lie in lies]
            for number, rule in enumerate(rules):
                slow = {"delay_s": _DELAY_S} if rule["kind"] == "delay" else {}
                vendor.rule(seed=f"{seed}-{name}-{number}", **rule, **slow)

    def behave(self) -> None:
        for vendor in self.all.values():
            vendor.behave()

    def met(self) -> dict[str, dict[str, int]]:
        return {name: dict(vendor.met()) for name, vendor in self.all.items()}

    def stop(self) -> None:
        for vendor in self.all.values():
            vendor.stop()


def open_vendors(folder: Path) -> tuple[Vendors, dict[str, str]]:
    """Start the vendors; return them with the settings under which the application finds them."""
    vendors = Vendors(wechat.serve(), weibo.serve(), hub.serve(), receiver.serve(), receiver.serve())
    settings = settings_of(vendors.wechat, vendors.weibo, vendors.city, folder)
    partners = "".join(
        f'[[receiver]]\nid = "{name}"\nname = "{name}"\nurl = "{partner.url}/in"\nsecret = "{receiver.SECRET}"\n'
        for name, partner in (("city", vendors.city), ("county", vendors.county))
    )
    Path(settings["WEBHOOKS"]).write_text(partners, encoding="utf-8")
    return vendors, settings | {"WEBSUB_HUBS": vendors.hub.url}


class Clock:
    """The time of the application and of the partners, moved on bit by bit in a thread of its own."""

    def __init__(self, server: Server, vendors: Vendors, dice: random.Random) -> None:
        self._server, self._vendors, self._dice = server, vendors, dice
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.start = self._thread.start

    def move(self, seconds: float) -> None:
        """Move time on. People stay signed in, as long as their tokens last."""
        with self._lock:
            file = self._server.clock_file
            offset = (float(file.read_text()) if file.exists() else 0.0) + seconds
            beside = file.with_suffix(".new")
            beside.write_text(str(offset))
            # The partners first: what is signed a moment later must not come too far out of their future.
            for partner in (self._vendors.city, self._vendors.county):
                partner.set_clock(offset)
            beside.rename(file)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(0.25):
            self.move(self._dice.uniform(0, 6))


@dataclass
class People:
    """The newsroom, which repeats every command until it is answered."""

    server: Server
    repeats: int = 0
    failures: list[str] = field(default_factory=list)

    def insist(self, who: str, path: str, form: dict[str, Any]) -> dict[str, Any]:
        """Send a command under one key until there is an answer, and return that."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        for attempt in itertools.count():
            with suppress(requests.RequestException, AssertionError):
                answer = self.server.staff(who).post(path, form, headers=dict(headers), timeout=10)
                if answer.status_code == 401:
                    self.server.staff.cache_clear()
                    continue
                if answer.ok:
                    return dict(answer.json())
                if answer.status_code < 500:
                    break
                self.failures.append(f"{path}: {answer.status_code} {answer.text[:300]}")
            self.repeats += attempt == 0
            time.sleep(0.1)
        raise AssertionError(f"{path}: {answer.status_code} {answer.text[:300]}")


@dataclass
class Tale:
    """A story and what is done with it: `deeds` is published, then perhaps corrected, withdrawn, or both."""

    id: str
    number: int
    body: list[dict[str, Any]]
    deeds: tuple[str, ...]

    @property
    def withdrawn(self) -> bool:
        return "withdraw" in self.deeds

    @property
    def corrected(self) -> bool:
        return "correct" in self.deeds


def make_tales(server: Server, count: int) -> list[Tale]:
    """Write stories, take them through their examination, and clear what goes to WeChat and Weibo."""
    deeds: list[tuple[str, ...]] = [("publish",)] * count
    for number in range(0, count, 4):
        deeds[number] = ("publish", "withdraw")
    for number in range(2, count, 8):
        deeds[number] = ("publish", "correct")
    for number in range(1, count, 16):
        deeds[number] = ("publish", "correct", "withdraw")
    return [_make_tale(server, number, each) for number, each in enumerate(deeds)]


def _make_tale(server: Server, number: int, deeds: tuple[str, ...]) -> Tale:
    text = f"水务局昨夜抢修{number}号街区爆裂的水管，{SENTENCES[0]}沿线居民用水没有受到影响，道路养护同步完成。"
    headline = f"{number}号街区水管抢修完成"
    story, _ = cleared(server, "app_article", "wechat_article", "weibo_post", headline=headline, text=text)
    return Tale(story["id"], number, written_body(story), deeds)


def act_out(people: People, tale: Tale) -> None:
    """Do with a story what is to be done with it."""
    dice = random.Random(tale.number)
    for deed in tale.deeds:
        _DEEDS[deed](people, tale)
        # Some decisions meet a publication on its way, others one that is out.
        time.sleep(dice.choice((0, 0.5, 4)))


def _publish(people: People, tale: Tale) -> None:
    people.insist("channels", "/kitchen/publications", {"story": tale.id})


def _withdraw(people: People, tale: Tale) -> None:
    people.insist("duty", "/kitchen/cases", {"kind": "withdrawal", "story": tale.id, "reason": "引用的数据有误"})


def _correct(people: People, tale: Tale) -> None:
    body = [block | ({"html": block["html"].replace(*SENTENCES)} if "html" in block else {}) for block in tale.body]
    path = f"/editor/stories/{tale.id}/correct"
    people.insist("editor", path, {"body": body, "note": "恢复供水的时间应为清晨。"})
    people.insist("chief", f"{path}/sign", {})


_DEEDS: dict[str, Callable[[People, Tale], None]] = {"publish": _publish, "correct": _correct, "withdraw": _withdraw}


class Killer:
    """Kills the server, the worker or both, and starts them again."""

    def __init__(self, server: Server, dice: random.Random) -> None:
        self._server, self._dice = server, dice
        self.worker = ExtraWorker(server)
        self.kills: Counter[str] = Counter()

    def strike(self) -> None:
        """Let them work for a moment, then kill."""
        time.sleep(self._dice.uniform(0.3, 4))
        what = self._dice.choice(("server", "server", "worker", "both"))
        self.kills[what] += 1
        if what != "server":
            self.worker.kill()
        if what != "worker":
            self._server.kill()
            self._server.start()
        if what != "server":
            self.worker.start()
