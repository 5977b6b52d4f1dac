"""What the tests of the kitchen share: people at their commands, and stories to command."""

from __future__ import annotations

import uuid
from typing import Any

import requests

from scenario import examine
from scenario.people import Person
from tests.support.server import Server

BODY = [
    {"id": "b1", "type": "text", "text": "水务局昨夜抢修爆裂的水管，凌晨恢复供水。"},
    {"id": "b2", "type": "text", "text": "沿线居民用水没有受到影响，道路养护同步完成。"},
]
SOURCE = {"name": "区水务局", "kind": "official", "verified": True}


def do(person: Person, path: str, json: Any = None, ver: int | None = None) -> requests.Response:
    """Send a command of the kitchen with a fresh key; any answer is returned as it is."""
    return examine.command(person, path, json, ver)


def must(person: Person, path: str, json: Any = None, ver: int | None = None) -> dict[str, Any]:
    """Send a command that must succeed; return its body."""
    answer = do(person, path, json, ver)
    assert answer.ok, f"{path}: {answer.status_code} {answer.text[:600]}"
    return answer.json()


def refused(answer: requests.Response, status: int, code: str, guard: str | None = None) -> dict[str, Any]:
    """Demand a refusal, and return its body; one for a guard says what would satisfy it."""
    body = answer.json()
    assert (answer.status_code, body.get("code")) == (status, code), answer.text[:600]
    if guard is not None:
        assert body["guard"] == guard, body
        assert body["needs"]
    return body


def word() -> str:
    return f"独一份{uuid.uuid4().hex[:8]}"


def story(server: Server, who: str = "reporter", **fields: Any) -> dict[str, Any]:
    form = {
        "headline": f"抢修水管{word()}",
        "summary": "供水已经恢复",
        "body": BODY,
        "section": "minsheng",
        "class": "livelihood",
        "sources": [SOURCE],
    }
    return server.staff(who).does("POST", "/editor/stories", form | fields)


def in_exam(server: Server, who: str = "reporter", **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a story that was handed in, and its examination."""
    made = story(server, who, **fields)
    handed = server.staff(who).does("POST", f"/editor/stories/{made['id']}/submit")
    return handed, exam_of(server, handed)


def exam_of(server: Server, made: dict[str, Any]) -> dict[str, Any]:
    return server.staff("chief").does("GET", f"/kitchen/exams/{made['exam']}")


def step(exam: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in exam["steps"] if each["name"] == name)


def states(exam: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["state"] for each in exam["steps"]}


def claim(server: Server, who: str | Person, exam: dict[str, Any], name: str) -> requests.Response:
    person = server.staff(who) if isinstance(who, str) else who
    return do(person, f"/kitchen/exams/{exam['id']}/steps/{name}/claim")


def take(server: Server, who: str | Person, exam: dict[str, Any], name: str) -> dict[str, Any]:
    person = server.staff(who) if isinstance(who, str) else who
    return examine.take_step(person, exam["id"], name)


def up_to(server: Server, exam: dict[str, Any], last: str) -> dict[str, Any]:
    """Take the steps up to `last` by the people whose they are."""
    return examine.examine(server.staff, exam["id"], until=last)


def demand_true_board(server: Server) -> None:
    """Demand that the board follows from the log alone, and says of every thing what the thing's own table says."""
    answer = server.flask("rebuild", "--check", check=False)
    assert answer.returncode == 0, (
        "\n".join(line for line in answer.stdout.splitlines() if "不同" in line) + answer.stderr
    )
