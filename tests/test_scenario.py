"""`make scenario` itself: it ends well on a healthy server, and says in plain words what is wrong with bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scenario.arrivals import percentile
from scenario.table import format_table, width_of
from tests.support.server import ROOT, Server, free_port

SAMPLE = ROOT / "scenario" / "samples" / "breaking.json"


def play(server: Server, **env: str) -> subprocess.CompletedProcess[str]:
    # A loaded machine is no measurement: how soon is soon enough is for `make scenario` alone.
    env = {**server.env, "URL": server.url, "PAUSE_S": "0", "WITHIN_MS": "20000", **env}
    command = [sys.executable, "-m", "scenario"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)


def sample(tmp_path: Path, **changes: Any) -> str:
    """Write a story file with these fields changed, or taken out where None is given."""
    story = json.loads(SAMPLE.read_text(encoding="utf-8")) | changes
    path = tmp_path / "story.json"
    path.write_text(json.dumps({name: value for name, value in story.items() if value is not None}), encoding="utf-8")
    return str(path)


def test_the_main_job_ends_well_and_again_on_the_same_server(server: Server) -> None:
    for _ in range(2):
        played = play(server, STORY=str(SAMPLE))
        assert played.returncode == 0, played.stdout + played.stderr
        assert "✗" not in played.stdout
        for words in ("50 / 50", "60 / 60", "dead tokens dropped", "p99", "rated, closed", "all is well"):
            assert words in played.stdout


def test_a_day_in_the_kitchen_ends_well_and_again_on_the_same_server(server: Server) -> None:
    for _ in range(2):
        played = play(server, NAME="kitchen")
        assert played.returncode == 0, played.stdout + played.stderr
        for words in ("5 / 5", "6 / 6", "R3 终审签发 通过", "confirmed", "all is well"):
            assert words in played.stdout


def test_one_story_goes_to_its_outputs_and_is_corrected_and_taken_back_on_each(server: Server) -> None:
    for _ in range(2):
        played = play(server, NAME="publish")
        assert played.returncode == 0, played.stdout + played.stderr
        for words in ("微信公众号", "回执 2060-", "删除重发", "下期更正启事", "播出更正", "结案 done", "all is well"):
            assert words in played.stdout


def test_two_citizens_a_dispatcher_two_offices_and_a_supervisor_end_well_and_again(server: Server) -> None:
    for _ in range(2):
        played = play(server, NAME="requests")
        assert played.returncode == 0, played.stdout + played.stderr
        for words in ("窨井盖缺损", "疑似重复", "不计", "协办", "holders' times make the age", "all is well"):
            assert words in played.stdout


def test_it_leaves_no_devices_and_no_live_story_behind(server: Server) -> None:
    editor = server.staff("editor")
    waiting = editor.does("POST", "/editor/breaking", json.loads(SAMPLE.read_text(encoding="utf-8")))
    before = editor.does("GET", f"/editor/stories/{waiting['id']}/pushes")
    assert (before["planned"], before["sent"], before["pending"], before["rounds"]) == (0, 0, 0, [])
    assert play(server).returncode == 0
    story = server.staff("editor").does("GET", "/editor/stories", params={"limit": 1})["items"][0]
    assert (story["lane"], story["state"]) == ("fast", "withdrawn")
    pushes = server.staff("editor").does("GET", f"/editor/stories/{story['id']}/pushes")
    assert [one["ver"] for one in pushes["rounds"]] == [1, 2, 3]
    assert pushes["sent"] == sum(one["sent"] for one in pushes["rounds"])
    assert pushes["devices"] == before["devices"]
    assert server.anonymous().get("/feed").json()["items"][0]["id"] != story["id"]


def test_phones_that_have_the_news_too_late_are_a_fault(server: Server) -> None:
    played = play(server, WITHIN_MS="0.001")
    assert played.returncode == 1
    assert "the last was late" in played.stderr
    assert "✗" in played.stdout


@pytest.mark.parametrize("field", ["headline", "text", "source", "reason"])
def test_a_story_file_without_a_field_is_refused_by_its_name(server: Server, tmp_path: Path, field: str) -> None:
    played = play(server, STORY=sample(tmp_path, **{field: None}))
    assert played.returncode == 1
    assert f"{field}：" in played.stderr
    assert "missing" in played.stderr


def test_a_source_nobody_checked_is_refused_in_words(server: Server, tmp_path: Path) -> None:
    played = play(server, STORY=sample(tmp_path, source={"name": "网传", "kind": "official", "verified": False}))
    assert played.returncode == 1
    assert "已核实" in played.stderr


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"STORY": "/nowhere/story.json"}, "cannot be read"),
        ({"STORY": str(ROOT / "Makefile")}, "not JSON"),
        ({"NAME": "ballet"}, "breaking"),
        ({"PAUSE_S": "long"}, "PAUSE_S"),
        ({"URL": f"http://127.0.0.1:{free_port()}"}, "make run"),
    ],
)
def test_what_cannot_be_played_is_said_plainly(server: Server, env: dict[str, str], words: str) -> None:
    played = play(server, **env)
    assert played.returncode == 1
    assert words in played.stderr
    assert "Traceback" not in played.stderr


def test_pushes_are_for_the_newsroom_to_see(server: Server) -> None:
    path = "/editor/stories/nope/pushes"
    assert server.staff("editor").get(path).status_code == 404
    assert server.staff("dispatcher").get(path).status_code == 403
    assert server.anonymous().get(path).status_code == 401


def test_chinese_takes_two_columns() -> None:
    assert width_of("签发 ok") == 7
    lines = format_table([("甲乙", "1"), ("abc", "2")]).splitlines()
    assert [width_of(line) for line in lines] == [9, 9]


def test_percentiles_are_values_that_were_seen() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile([7.0], 0.5) == 7.0
