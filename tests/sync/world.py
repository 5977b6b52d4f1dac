"""People of a running house, and things they make, each in as few calls as it takes."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.weibo import FakeWeibo
from scenario import examine
from scenario.people import Person, renew, sign_in_staff
from tests.media_files import photo
from tests.support.server import SIGNED_IN_S, Server, wait_until
from tests.support.tables import run
from tests.sync.holder import Holder

# In the demo the clerks `office` and `office2` and the service staff `staff` work for OURS, `staff2` for THEIRS;
# `manhole` is a service of OURS.
OURS, THEIRS, TOWN = "wateraffairs", "greening", "gucun"
NEWSROOM = {
    *("leader", "chief", "duty", "head", "editor", "editor2", "reporter", "reporter2"),
    *("proof", "proof2", "proof3", "layout", "tv", "channels", "monitor"),
}
STAFF = NEWSROOM | {"assessor", "office", "office2", "dispatcher", "staff", "staff2", "supervisor", "admin"}
Thing = dict[str, Any]


class World:
    """Whoever acts is found by the name of their account."""

    def __init__(self, server: Server, weibo: FakeWeibo | None = None) -> None:
        self.server = server
        self._weibo = weibo
        self._numbers = itertools.count(1)
        self._citizen: Person | None = None
        self._signed_in = 0.0
        # Who has been reading along, by name and streams.
        self.holders: dict[tuple[str, ...], Holder] = {}
        # How many deeds were replayed.
        self.deeds = 0
        # Somebody who was hired for one deed.
        self.newcomer: Person | None = None
        # An article that people comment on.
        self.talked_about: str | None = None

    def __getattr__(self, username: str) -> Person:
        """Return a member of staff."""
        if username not in STAFF:
            raise AttributeError(username)
        return self.server.staff(username)

    @property
    def citizen(self) -> Person:
        """The citizen to whom things happen; there are others, made by `server.citizen()`."""
        if self._citizen is None:
            self._citizen, self._signed_in = self.server.citizen(), time.monotonic()
        if time.monotonic() - self._signed_in > SIGNED_IN_S:
            # The same person to whoever holds it: a token lasts a quarter of an hour, and the tests may take longer.
            renew(self._citizen)
            self._signed_in = time.monotonic()
        return self._citizen

    @property
    def weibo(self) -> FakeWeibo:
        """The vendor that the house publishes to, where a test can trouble it."""
        assert self._weibo is not None
        return self._weibo

    def rest(self) -> None:
        """Wait until the channels have done all that is due within a minute."""
        query = "SELECT * FROM job WHERE kind LIKE 'channel.%' AND state IN ('ready', 'leased') AND run_at < :soon"

        def due() -> list[tuple[Any, ...]]:
            return run(self.server, query, soon=datetime.now(UTC) + timedelta(minutes=1))

        try:
            wait_until(lambda: not due(), 120, pause=0.1)
        except AssertionError:
            raise AssertionError(f"not done: {due()}") from None

    def word(self) -> str:
        """Return a text that occurs nowhere else."""
        return f"独一份{id(self):x}第{next(self._numbers)}号"

    # ── stories ──

    def story(self, **fields: Any) -> Thing:
        form = {
            "headline": self.word(),
            "summary": self.word(),
            "body": self.word(),
            "section": "minsheng",
            "class": "livelihood",
            "towns": [TOWN],
            "sources": [{"name": "街道办", "kind": "official", "verified": True}],
        }
        return self.editor.does("POST", "/editor/stories", form | fields)

    def submitted(self, **fields: Any) -> Thing:
        return self.move("editor", self.story(**fields), "submit")

    def live(self, **fields: Any) -> Thing:
        return self.move("chief", self.signed(**fields), "publish")

    def signed(self, **fields: Any) -> Thing:
        return examine.sign_off(self.server.staff, self.submitted(**fields)["id"])

    def correct(self, story: Thing, **form: Any) -> Thing:
        return examine.correct(self.server.staff, story["id"], form)

    def move(self, who: str, story: Thing, command: str, **form: Any) -> Thing:
        return self.server.staff(who).does("POST", f"/editor/stories/{story['id']}/{command}", form)

    def fast(self) -> Thing:
        source = {"name": "区应急局", "kind": "official", "verified": True}
        form = {"headline": self.word(), "text": self.word(), "source": source, "reason": "演练"}
        return self.editor.does("POST", "/editor/breaking", form)

    def breaking(self) -> Thing:
        return self.duty.does("POST", f"/editor/breaking/{self.fast()['id']}/sign")

    # ── notices ──

    def draft(self, **fields: Any) -> Thing:
        form = {"title": self.word(), "body": self.word(), "category": "other", "towns": [TOWN]}
        return self.office.does("POST", "/office/notices", form | fields)

    def notice(self, **fields: Any) -> Thing:
        return self.office2.does("POST", f"/office/notices/{self.draft(**fields)['id']}/publish")

    # ── requests ──

    def case(self, citizen: Person | None = None) -> Thing:
        form = {"service": "manhole", "title": self.word(), "text": self.word()}
        return (citizen or self.citizen).does("POST", "/requests", form)

    def step(self, who: str, case: Thing, command: str, **form: Any) -> Thing:
        return self.server.staff(who).does("POST", f"/desk/requests/{case['id']}/{command}", form)

    def assigned(self, citizen: Person | None = None, office: str = OURS) -> Thing:
        return self.step("dispatcher", self.case(citizen), "assign", office=office)

    def taken(self, citizen: Person | None = None) -> Thing:
        return self.step("staff", self.assigned(citizen), "take")

    def replied(self, citizen: Person | None = None) -> Thing:
        return self.step("staff", self.taken(citizen), "reply", text=self.word())

    def answer(self, case: Thing, command: str, **form: Any) -> Thing:
        return self.citizen.does("POST", f"/requests/{case['id']}/{command}", form)

    # ── the Central Kitchen ──

    def cooks(self, who: str, path: str, form: Thing | None = None) -> Thing:
        """Have somebody give a command below /kitchen."""
        return examine.does(self.server.staff(who), f"/kitchen{path}", form)

    def changes(self, who: str, path: str, form: Thing, ver: int) -> Thing:
        """Have somebody change a thing below /kitchen."""
        headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{ver}"'}
        return self.server.staff(who).does("PATCH", f"/kitchen{path}", form, headers=headers)

    def now(self, path: str) -> Thing:
        """Return a thing below /kitchen as it stands."""
        return self.chief.does("GET", f"/kitchen{path}")

    def lead(self, **fields: Any) -> Thing:
        form = {"title": self.word(), "text": self.word(), "source": "hotline", "place": self.word()}
        return self.cooks("reporter", "/leads", form | fields)

    def topic(self, *commands: str, **fields: Any) -> Thing:
        """Propose a topic; the commands are given by the people whose they are."""
        topic = self.cooks("reporter", "/topics", {"title": self.word(), "class": "livelihood"} | fields)
        for command in commands:
            form = {"coverages": [self.line()]} if command == "dispatch" else {}
            topic = self.cooks("reporter" if command == "submit" else "head", f"/topics/{topic['id']}/{command}", form)
        return topic

    def line(self, **fields: Any) -> Thing:
        """Return a line of a dispatch sheet."""
        due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        return {"kind": "text", "desk": "reporters", "due": due, "targets": ["app"]} | fields

    def task(self, *commands: str, topic: Thing | None = None) -> Thing:
        """Draft an assignment for the reporter; the commands are given by the people whose they are."""
        topic = topic or self.topic("submit", "approve", "dispatch")
        reporters = [{"id": self.reporter.id, "share": 100}]
        task = self.cooks("head", "/assignments", {"topic": topic["id"], "coverage_no": 1, "reporters": reporters})
        for command in commands:
            who = "head" if command == "dispatch" else "reporter"
            task = self.cooks(who, f"/assignments/{task['id']}/{command}")
        return task

    def material(self, *commands: str, **fields: Any) -> Thing:
        """Enter a picture of its own; the commands are the editor's."""
        picture = {"file": ("p.jpg", photo(size=(700 + next(self._numbers), 97)), "image/jpeg")}
        form = {
            "media": self.reporter.does("POST", "/media", files=picture)["id"],
            "title": self.word(),
            "rights": {"owner": "宝山区融媒体中心", "licence": "own"},
            "subjects": "none",
        }
        material = self.cooks("reporter", "/materials", form | fields)
        for command in commands:
            material = self.cooks("editor", f"/materials/{material['id']}/{command}")
        return material

    def exam(self, until: str | None = None, **fields: Any) -> Thing:
        """Hand a story in, and take its examination as far as a step."""
        exam = self.submitted(**fields)["exam"]
        return examine.examine(self.server.staff, exam, until=until) if until else self.now(f"/exams/{exam}")

    def at_step(self, who: str, exam: Thing, step: str, command: str, **form: Any) -> Thing:
        return self.cooks(who, f"/exams/{exam['id']}/steps/{step}/{command}", form)

    def package(self, story: Thing) -> dict[str, Thing]:
        """Make the five renditions of a story; return them by kind."""
        package = self.cooks("editor", "/packages", {"story": story["id"]})
        return {rendition["kind"]: rendition for rendition in package["renditions"]}

    def render(self, rendition: Thing, *commands: str) -> Thing:
        for command in commands:
            rendition = self.cooks("editor", f"/renditions/{rendition['id']}/{command}")
        return rendition

    # ── people ──

    def again(self, username: str) -> Person:
        """Sign a member of staff in once more, with a session of its own."""
        return sign_in_staff(self.server.url, username)

    def grant(self, username: str, role: str, **line: Any) -> str:
        """Put a line on the roster; return its id."""
        return str(self.admin.does("POST", "/roster", {"username": username, "role": role} | line)["id"])

    def end(self, grant: str) -> None:
        self.admin.does("DELETE", f"/roster/{grant}")

    @contextmanager
    def on_duty(self, username: str, role: str, **line: Any) -> Iterator[Person]:
        """Give somebody a role for as long as the block lasts."""
        grant = self.grant(username, role, **line)
        try:
            yield self.again(username)
        finally:
            self.end(grant)

    def outbox(self, person: Person, client: str, mid: int, name: str, args: Thing) -> Any:
        """Send one mutation; return its answer."""
        form = {"client_id": client, "mutations": [{"mid": mid, "name": name, "args": args}]}
        return person.does("POST", "/sync/mutations", form)[0]

    def bell_about(self, person: Person, about: str) -> Thing | None:
        """Return the inbox entry about a thing."""
        inbox = person.does("GET", "/inbox?limit=50")["items"]
        return next((bell for bell in inbox if bell["about"]["id"] == about), None)

    def rung(self, person: Person, about: str) -> Thing:
        """Wait for the inbox entry about a thing, and return it."""
        return wait_until(lambda: self.bell_about(person, about))
