"""Taking a text through 三审三校: the six steps by the people whose they are."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from scenario.people import Person, sign_in_staff

Staff = Callable[[str], Person]
# Author and three: the least staff under the normal policy. The strict one needs six.
NORMAL = {"P1": "editor2", "R1": "editor2", "P2": "head", "R2": "head", "P3": "chief", "R3": "chief"}
STRICT = {"P1": "proof", "R1": "editor2", "P2": "proof2", "R2": "head", "P3": "proof3", "R3": "chief"}
STEPS = tuple(NORMAL)
KEPT = "已与提供单位核对，保留原文。"


def command(person: Person, path: str, json: Any = None, ver: int | None = None, **options: Any) -> Any:
    """Send a command of the kitchen, which carries a key; return the response as it is."""
    headers = {"Idempotency-Key": uuid.uuid4().hex} | ({"If-Match": f'"{ver}"'} if ver is not None else {})
    return person.post(path, json, headers=headers | options.pop("headers", {}), **options)


def does(person: Person, path: str, json: Any = None) -> Any:
    """Send a command of the kitchen that must succeed; return its body."""
    return person.does("POST", path, json, headers={"Idempotency-Key": uuid.uuid4().hex})


def staff_of(url: str) -> Staff:
    """Return what signs people of the demo in, each of them once."""
    known: dict[str, Person] = {}

    def staff(username: str) -> Person:
        if username not in known:
            known[username] = sign_in_staff(url, username)
        return known[username]

    return staff


def take_step(person: Person, exam_id: str, step: str, **said: Any) -> dict[str, Any]:
    """Claim a step, read, keep every warning with a reason, and pass."""
    exam = does(person, f"/kitchen/exams/{exam_id}/steps/{step}/claim")
    return pass_step(person, exam, step, **said)


def pass_step(person: Person, exam: dict[str, Any], step: str, **said: Any) -> dict[str, Any]:
    """Pass a step that one has claimed, over the text as it stands; `said` goes along, such as a grade."""
    path = f"/kitchen/exams/{exam['id']}/steps/{step}/pass"
    form = {"hash": exam["content_hash"], "read_ms": 60_000} | said
    answer = command(person, path, form)
    if answer.status_code == 409 and answer.json().get("guard") == "warnings_resolved":
        found = answer.json()["findings"]
        form["findings"] = [{"id": finding["id"], "resolution": "kept", "reason": KEPT} for finding in found]
        answer = command(person, path, form)
    if not answer.ok:
        raise AssertionError(f"{path}: {answer.status_code} {answer.text[:500]}")
    return dict(answer.json())


def examine(
    staff: Staff,
    exam_id: str,
    *,
    until: str = "R3",
    people: dict[str, str] | None = None,
    grade: str | None = None,
) -> dict[str, Any]:
    """Take the steps up to `until`; return the examination as it stands then. `grade` is the second review's."""
    exam: dict[str, Any] = staff("chief").does("GET", f"/kitchen/exams/{exam_id}")
    people = people or (STRICT if exam["policy"] == "strict" else NORMAL)
    for step in STEPS[: STEPS.index(until) + 1]:
        said = {"grade": grade} if grade and step == "R2" else {}
        exam = take_step(staff(people[step]), exam_id, step, **said)
    return exam


def sign_off(url: str | Staff, story_id: str, **options: Any) -> dict[str, Any]:
    """Take a story that was submitted through its whole examination; return the story, signed."""
    staff = staff_of(url) if isinstance(url, str) else url
    story = staff("chief").does("GET", f"/editor/stories/{story_id}")
    examine(staff, story["exam"], **options)
    signed: dict[str, Any] = staff("chief").does("GET", f"/editor/stories/{story_id}")
    return signed


def publish(url: str | Staff, story_id: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
    """Hand a draft in, take it through its examination, and publish it; return the story."""
    staff = staff_of(url) if isinstance(url, str) else url
    staff("editor").does("POST", f"/editor/stories/{story_id}/submit")
    sign_off(staff, story_id)
    story: dict[str, Any] = staff("chief").does("POST", f"/editor/stories/{story_id}/publish", form)
    return story


def correct(
    url: str | Staff, story_id: str, form: dict[str, Any], *, drafter: str = "editor", signer: str = "chief"
) -> dict[str, Any]:
    """Write a correction and have another person sign it; return the story."""
    staff = staff_of(url) if isinstance(url, str) else url
    staff(drafter).does("POST", f"/editor/stories/{story_id}/correct", form)
    story: dict[str, Any] = staff(signer).does("POST", f"/editor/stories/{story_id}/correct/sign")
    return story
