"""Random staff give random commands, and the rules of the house still hold whatever they do.

After every command: what is live is what a final signature binds, no two review steps that count share a person beyond
the policy, and nobody who wrote any of it has passed it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from scenario import examine
from tests.newsroom.kitchen import BODY, SOURCE, demand_true_board, do
from tests.support.server import Server
from tests.support.tables import run

PEOPLE = ["reporter", "editor", "editor2", "head", "duty", "chief", "proof", "proof2", "proof3", "admin", "leader"]
WRITERS = ["reporter", "editor", "editor2", "head", "chief"]
STORIES = 2
_people, _steps, _which = st.sampled_from(PEOPLE), st.sampled_from(examine.STEPS), st.integers(0, STORIES - 1)


class Play(RuleBasedStateMachine):
    """Two stories, one of them strict, and one item in the fast lane."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.stories = [self._begin("normal"), self._begin("strict")]
        self.fast: str | None = None

    def _begin(self, sensitivity: str) -> str:
        form = {
            "headline": "抢修水管",
            "body": BODY,
            "section": "minsheng",
            "sensitivity": sensitivity,
            "sources": [SOURCE],
        }
        reporter = self.server.staff("reporter")
        story = str(reporter.does("POST", "/editor/stories", form)["id"])
        reporter.does("POST", f"/editor/stories/{story}/submit")
        return story

    def _story(self, which: int) -> dict[str, Any]:
        story: dict[str, Any] = self.server.staff("chief").does("GET", f"/editor/stories/{self.stories[which]}")
        return story

    def _known(self, answer: Any) -> Any:
        """Take any answer but a failure of the server."""
        assert answer.status_code < 500, answer.text
        return answer

    @rule(which=_which, who=_people, step=_steps)
    def claims(self, which: int, who: str, step: str) -> None:
        exam = self._story(which)["exam"]
        self._known(do(self.server.staff(who), f"/kitchen/exams/{exam}/steps/{step}/claim"))

    @rule(which=_which, times=st.integers(1, 6), who=st.lists(_people, min_size=6, max_size=6))
    def goes_on(self, which: int, times: int, who: list[str]) -> None:
        """Take the next steps, by those whose they are or by somebody else."""
        exam_id = self._story(which)["exam"]
        for other in who[:times]:
            exam = self.server.staff("chief").does("GET", f"/kitchen/exams/{exam_id}")
            if exam["step"] is None:
                return
            usual = examine.STRICT if exam["policy"] == "strict" else examine.NORMAL
            for person in (other, usual[exam["step"]]):
                path = f"/kitchen/exams/{exam_id}/steps/{exam['step']}"
                self._known(do(self.server.staff(person), f"{path}/claim"))
                self._known(do(self.server.staff(person), f"{path}/pass", {"hash": exam["content_hash"]}))

    @rule(which=_which, who=_people, step=_steps)
    def passes(self, which: int, who: str, step: str) -> None:
        story = self._story(which)
        path = f"/kitchen/exams/{story['exam']}/steps/{step}/pass"
        self._known(do(self.server.staff(who), path, {"hash": story["content_hash"]}))

    @rule(which=_which, who=_people, step=_steps)
    def returns(self, which: int, who: str, step: str) -> None:
        path = f"/kitchen/exams/{self._story(which)['exam']}/steps/{step}/return"
        self._known(do(self.server.staff(who), path, {"category": "text", "comment": "再改"}))

    @rule(
        which=_which,
        who=_people,
        step=_steps,
        pair=st.sampled_from([("同步", "同时"), ("昨夜", "昨晚"), ("水管", "3根")]),
    )
    def fixes(self, which: int, who: str, step: str, pair: tuple[str, str]) -> None:
        for block in ("b1", "b2"):
            form = {"block_id": block, "old": pair[0], "new": pair[1]}
            path = f"/kitchen/exams/{self._story(which)['exam']}/steps/{step}/fix"
            self._known(do(self.server.staff(who), path, form))

    @rule(which=_which, who=st.sampled_from(WRITERS), text=st.sampled_from(["供水恢复", "供水正常", "请放心用水"]))
    def edits(self, which: int, who: str, text: str) -> None:
        story = self._story(which)
        self._known(self.server.staff(who).patch(f"/editor/stories/{story['id']}", {"summary": text}, story["ver"]))

    @rule(which=_which, who=_people, command=st.sampled_from(["submit", "publish", "take", "restore", "correct/sign"]))
    def commands(self, which: int, who: str, command: str) -> None:
        self._known(self.server.staff(who).post(f"/editor/stories/{self.stories[which]}/{command}"))

    @rule(which=_which, who=_people, command=st.sampled_from(["return", "spike", "withdraw"]))
    def undoes(self, which: int, who: str, command: str) -> None:
        self._known(self.server.staff(who).post(f"/editor/stories/{self.stories[which]}/{command}", {"reason": "演练"}))

    @rule(which=_which, who=_people)
    def corrects(self, which: int, who: str) -> None:
        form = {"summary": f"{who}改过的摘要", "note": "更正"}
        self._known(self.server.staff(who).post(f"/editor/stories/{self.stories[which]}/correct", form))

    @rule(who=_people)
    def opens_the_fast_lane(self, who: str) -> None:
        form = {"headline": "积水", "text": "请绕行。", "source": SOURCE, "reason": "急"}
        answer = self._known(self.server.staff(who).post("/editor/breaking", form))
        if answer.ok:
            self.fast = str(answer.json()["id"])

    @rule(who=_people)
    def signs_the_fast_lane(self, who: str) -> None:
        if self.fast is not None:
            self._known(self.server.staff(who).post(f"/editor/breaking/{self.fast}/sign"))

    @invariant()
    def what_is_live_is_signed_and_by_others(self) -> None:
        for story_id in [*self.stories, *([self.fast] if self.fast else [])]:
            self._look_at(story_id)

    def _look_at(self, story_id: str) -> None:
        chief = self.server.staff("chief")
        story = chief.does("GET", f"/editor/stories/{story_id}")
        exams = chief.does("GET", f"/kitchen/exams?story={story_id}&limit=100")["items"]
        if story["state"] == "live":
            signed = [exam for exam in exams if exam["signed_hash"] == story["content_hash"]]
            assert story["signed_hash"] == story["content_hash"]
            assert signed, "live, and no examination signed this text"
            article = self.server.anonymous().does("GET", f"/articles/{story_id}")
            assert (article["headline"], article["summary"]) == (story["headline"], story["summary"])
        else:
            assert self.server.anonymous().get(f"/articles/{story_id}").status_code in {404, 410}
        for exam in exams:
            # Whoever drafts a correction later did not write what was signed before it.
            later = exam["state"] == "signed" and exam["signed_hash"] != story["content_hash"]
            self._look_into(exam, [] if later else [writer["id"] for writer in story["writers"]])

    def _look_into(self, exam: dict[str, Any], writers: list[str]) -> None:
        passed = [step for step in exam["steps"] if step["state"] == "passed"]
        for kind in "PR":
            persons = [step["actor"]["person"] for step in passed if step["name"][0] == kind]
            assert len(persons) == len(set(persons)), "two steps of one kind share a person"
        if exam["policy"] == "strict" and exam["lane"] == "normal":
            persons = [step["actor"]["person"] for step in passed]
            assert len(persons) == len(set(persons)), "a strict text, and one person twice"
        if exam["lane"] == "correction" or exam["state"] in {"void", "corrected"}:
            return
        assert not {step["actor"]["id"] for step in passed} & set(writers), "a writer passed it"
        if exam["state"] == "signed":
            assert {step["name"] for step in passed} == set(examine.STEPS)
            assert passed[-1]["hash"] == exam["signed_hash"]


@pytest.fixture(scope="module")
def stage(make_server: Callable[..., Server]) -> Iterator[Server]:
    made = make_server()
    yield made
    assert not made.unexpected()
    assert made.flask("verify-log").stdout.startswith("完整")
    assert run(made, "SELECT COUNT(*) FROM event")[0][0] > 100
    demand_true_board(made)


def test_random_staff_with_random_commands_never_get_an_unsigned_text_out(stage: Server) -> None:
    Play.server = stage
    examples = int(os.environ.get("PLAY_EXAMPLES", "8"))
    run_state_machine_as_test(
        Play,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
