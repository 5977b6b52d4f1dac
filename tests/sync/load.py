"""Clients that do not give up: each sends the same request again until it is acknowledged, whatever dies meanwhile."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import requests

from scenario.people import Person, Refused
from scenario.phone import Phone
from tests.sync.world import Thing

PAUSE_S = 0.05


class Load:
    """Writers in threads of their own. After `stop` the lists say what was acknowledged."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.repeats = 0
        # Who sent which mutation under which title, and what the answer was.
        self.outbox: list[tuple[Person, str, Thing, Thing]] = []
        self.filed: list[str] = []
        self.stories: list[str] = []
        self.breaking: list[str] = []
        self.accepted: list[str] = []
        self.failures: list[str] = []

    def run(self, task: Callable[[], None]) -> None:
        """Repeat a task until `stop`; what it has begun, it ends."""

        def forever() -> None:
            while not self._stopping.is_set():
                try:
                    task()
                except Exception as error:  # told by the test
                    self.failures.append(repr(error))
                    return
                # Two processors are shared with the server and its restart.
                time.sleep(PAUSE_S)

        thread = threading.Thread(target=forever, daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self) -> None:
        """Let every writer end what it has begun."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a writer never got its answer"

    def insist(self, person: Person, path: str, form: Any, key: str | None = None) -> Any:
        """Send one POST until it is answered, and return the answer."""
        headers = {"Idempotency-Key": key} if key else {}
        for attempt in itertools.count():
            with suppress(requests.RequestException):
                answer = person.post(path, form, headers=dict(headers), timeout=10)
                if answer.status_code < 500:
                    if not answer.ok:
                        raise Refused(f"{path}: {answer.status_code} {answer.text[:300]}")
                    return answer.json()
                self.failures.append(f"{path}: {answer.status_code} {answer.text[:200]}")
            self.repeats += attempt == 0
            time.sleep(PAUSE_S)
        raise AssertionError("unreachable")


def file_by_outbox(load: Load, citizen: Person) -> Callable[[], None]:
    """A phone's outbox: one request after the other, numbered."""
    client, mids = uuid.uuid4().hex, itertools.count(1)

    def task() -> None:
        mid = next(mids)
        title = f"{client}-{mid}"
        form = {
            "client_id": client,
            "mutations": [
                {"mid": mid, "name": "request.file", "args": {"service": "manhole", "title": title, "text": "井盖"}}
            ],
        }
        answer = load.insist(citizen, "/sync/mutations", form)[0]
        assert answer["status"] == "applied", answer
        load.outbox.append((citizen, title, form, answer))
        load.filed.append(answer["id"])

    return task


def write_stories(load: Load, editor: Person, duty: Person) -> Callable[[], None]:
    """The newsroom: a draft, and a breaking item that somebody else signs."""

    def task() -> None:
        headline = uuid.uuid4().hex
        draft = {"headline": headline, "body": "正文", "section": "minsheng"}
        load.insist(editor, "/editor/stories", draft, f"draft-{headline}")
        load.stories.append(headline)
        urgent = uuid.uuid4().hex
        source = {"name": "区应急局", "kind": "official", "verified": True}
        form = {"headline": urgent, "text": "演练", "source": source, "reason": "演练"}
        story = load.insist(editor, "/editor/breaking", form, f"open-{urgent}")["id"]
        load.stories.append(urgent)
        load.insist(duty, f"/editor/breaking/{story}/sign", {}, f"sign-{urgent}")
        load.breaking.append(story)

    return task


def accept_requests(load: Load, dispatcher: Person) -> Callable[[], None]:
    """The service desk: what was filed is accepted, which rings at the citizen's."""

    def task() -> None:
        if len(load.accepted) < len(load.filed):
            case = load.filed[len(load.accepted)]
            load.insist(dispatcher, f"/desk/requests/{case}/accept", {}, f"accept-{case}")
            load.accepted.append(case)

    return task


def stay_online(load: Load, phone: Phone) -> Callable[[], None]:
    """A phone that comes back whenever its line is cut."""

    def task() -> None:
        if not phone.online:
            # The server may be down, or go down while the phone catches up.
            with suppress(Exception):
                phone.go_offline()
                phone.go_online()

    return task
