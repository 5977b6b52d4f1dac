"""One id from the door to the push: what a request set off is found under it in the lines of every process."""

from __future__ import annotations

import json
import uuid
from typing import Any

from fakes.fcm import FakeFcm
from scenario.people import Person
from tests.support.pushes import BREAKING, Device
from tests.support.server import Server, wait_until


def lines(server: Server, trace: str) -> list[dict[str, Any]]:
    """Return what the log says under an id."""
    found = (line for line in server.log.read_text(encoding="utf-8").splitlines() if trace in line)
    return [line for line in map(json.loads, found) if line.get("request_id") == trace]


def traced(person: Person, path: str, json: Any = None) -> tuple[str, dict[str, Any]]:
    trace = f"trace-{uuid.uuid4().hex}"
    headers = {"Idempotency-Key": uuid.uuid4().hex, "X-Request-Id": trace}
    answer = person.call("POST", path, json=json, headers=headers | {"Authorization": f"Bearer {person.token}"})
    assert answer.ok, answer.text
    assert answer.headers["X-Request-Id"] == trace
    return trace, answer.json()


def test_a_push_is_found_under_the_request_that_signed_its_story(server: Server, vendor: FakeFcm) -> None:
    device = Device(vendor, server.anonymous())
    _, opened = traced(server.staff("editor"), "/editor/breaking", BREAKING | {"headline": "暴雨红色预警"})
    trace, story = traced(server.staff("duty"), f"/editor/breaking/{opened['id']}/sign")
    # Whatever the hour, the bell is planned; by night it does not ring.
    wait_until(lambda: any(line.get("kind", "").startswith("push.") for line in lines(server, trace)))
    told = lines(server, trace)
    assert [line["endpoint"] for line in told if line["event"] == "http.answered"] == ["editor.sign_breaking"]
    assert all(line["outcome"] == "done" for line in told if line["event"] == "jobs.ended")
    assert device.id not in json.dumps(told)
    assert story["headline"] not in json.dumps(told, ensure_ascii=False)
