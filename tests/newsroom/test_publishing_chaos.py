"""Publishing under kill -9 and vendors that lie: in the end there is one post a publication, and every receipt is true.

Issue 6 and check B3. `CHAOS_STORIES` says how many stories go to five outside channels each: 6 by default, so that
`make test` stays quick; `.ci/run` sets more. `CHAOS_SEED` plays another storm.
"""

from __future__ import annotations

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.publishing import rules
from backend.publishing.models import Case, CaseTarget, Publication
from scenario.examine import does
from tests.newsroom.outlets import Outlets, cleared
from tests.newsroom.storm import SENTENCES, Clock, Killer, People, Tale, Vendors, act_out, make_tales, open_vendors
from tests.support.server import Server, wait_until
from tests.sync.database import opened, rows

STORIES = int(os.environ.get("CHAOS_STORIES") or 6)
SEED = int(os.environ.get("CHAOS_SEED") or 20190802)
WRITERS = 4
LEASE_S = 60
SHARE = "/2/statuses/share.json"


# In both cases the answer is far away when the worker dies; in the first the post is out by then.
@pytest.mark.parametrize("kind", ["delay", "drop"])
def test_b3_a_publication_whose_worker_was_killed_is_finished_by_another(outlets: Outlets, kind: str) -> None:
    story, rows = cleared(outlets.server, "weibo_post")
    outlets.weibo.rule(path=SHARE, kind=kind, delay_s=30, times=1)
    before = outlets.weibo.calls()[SHARE]
    does(outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    wait_until(lambda: outlets.weibo.calls()[SHARE] > before)
    outlets.server.kill()
    posts = [post for post in outlets.weibo.posts() if story["id"] in str(post)]
    assert len(posts) == (1 if kind == "delay" else 0)
    outlets.server.start()
    assert outlets.one(story["id"], "weibo")["state"] == "leased"
    outlets.move_clock(LEASE_S + 1)
    # It is asked after; where it is not found, it is asked after again before it is sent once more.
    outlets.until(story["id"], "weibo", "receipted" if kind == "delay" else "uncertain")
    outlets.move_clock(20)
    row = outlets.until(story["id"], "weibo", "receipted")
    (post,) = (post for post in outlets.weibo.posts() if story["id"] in str(post))
    assert (row["external_id"], row["shown"]) == (post["id"], "same")
    assert row["hash"] == rows["weibo_post"]["text_hash"]
    assert outlets.weibo.calls()[SHARE] == before + (1 if kind == "delay" else 2)


def test_a_storm_leaves_one_post_a_publication_and_true_receipts(
    make_server: Callable[..., Server], tmp_path: Path
) -> None:
    vendors, settings = open_vendors(tmp_path)
    server = make_server(**settings)
    dice = random.Random(SEED)
    people, clock, killer = People(server), Clock(server, vendors, dice), Killer(server, dice)
    tales = make_tales(server, STORIES)
    vendors.misbehave(SEED)
    killer.worker.start()
    clock.start()
    try:
        writers = _start_writers(people, tales)

        def goes_on() -> bool:
            if any(writer.is_alive() for writer in writers) or sum(killer.kills.values()) < STORIES // 4 + 1:
                return True
            # A busy machine has much left to send when the last word is written; calm would come too early.
            waits = any(row.state in rules.OPEN for row in publications(server))
            return waits and _troubles(vendors) <= STORIES

        while goes_on():
            killer.strike()
        clock.stop()
        vendors.behave()
        resent = _calm_down(server, people, clock, tales)
    finally:
        killer.worker.kill()
    print(f"\nkills {dict(killer.kills)} troubles {vendors.met()} resent {resent} repeated {people.repeats}")
    assert people.failures == []
    assert _troubles(vendors) > STORIES
    _assert_posts(server, vendors, tales)
    _assert_receipts(server, vendors, tales)
    _assert_partners(server, vendors, tales)
    _assert_hub(server, vendors, tales)
    _assert_cases(server, tales)
    assert rows(server, "SELECT kind, error FROM job WHERE state = 'dead'") == []
    assert server.flask("verify-log").returncode == 0
    assert not (found := server.unexpected()), "\n".join(found)
    vendors.stop()


def _troubles(vendors: Vendors) -> int:
    return sum(sum(kinds.values()) for kinds in vendors.met().values())


def _start_writers(people: People, tales: list[Tale]) -> list[threading.Thread]:
    """Let a few people work through the stories; a mistake of theirs is told at the end."""

    def work(mine: list[Tale]) -> None:
        for tale in mine:
            try:
                act_out(people, tale)
            except Exception as error:  # told by the test
                people.failures.append(f"{tale}: {error!r}")

    writers = [threading.Thread(target=work, args=(tales[first::WRITERS],), daemon=True) for first in range(WRITERS)]
    for writer in writers:
        writer.start()
    return writers


def _calm_down(server: Server, people: People, clock: Clock, tales: list[Tale]) -> int:
    """Let everything come to its end; what was given up meanwhile is sent again, as an operator would. Count these."""
    resent: set[str] = set()

    def is_over() -> bool:
        clock.move(45)
        stands = {tale.id for tale in tales if not tale.withdrawn}
        for row in publications(server):
            if row.state == "failed" and row.action == "create" and row.story_id in stands and row.id not in resent:
                resent.add(row.id)
                people.insist("channels", f"/kitchen/publications/{row.id}/resend", {})
        done = all(row.state not in rules.OPEN for row in publications(server))
        return done and all(case.state != "executing" for case in _all(server, sa.select(Case)))

    try:
        wait_until(is_over, 240, pause=1)
    except AssertionError:
        states = [vars(row) for row in publications(server) if row.state in rules.OPEN]
        raise AssertionError(f"never over: {states}") from None
    return len(resent)


def publications(server: Server) -> list[Publication]:
    return _all(server, sa.select(Publication).order_by(Publication.channel_id, Publication.number))


def _all(server: Server, query: Any) -> list[Any]:
    with opened(server) as database, database.reading() as session:
        found = list(session.scalars(query))
        session.expunge_all()
        return found


def _by_hand(server: Server, tale: Tale, channel: str) -> bool:
    """Tell whether somebody was openly asked to see to a story on a channel."""
    query = (
        sa.select(CaseTarget)
        .join(Case, Case.id == CaseTarget.case_id)
        .where(Case.story_id == tale.id, CaseTarget.channel_id == channel, CaseTarget.state == "manual_needed")
    )
    return _all(server, query) != []


def _assert_posts(server: Server, vendors: Vendors, tales: list[Tale]) -> None:
    """One living post for what stands, in its last words; none for what was withdrawn."""
    for name in ("wechat", "weibo"):
        living = vendors.all[name].living()
        for tale in tales:
            posts = [post["text"] for post in living if tale.id in post["source"]]
            if tale.withdrawn:
                assert posts == [] or _by_hand(server, tale, name), (name, tale, posts)
                continue
            assert len(posts) == 1, (name, tale, posts)
            wrong, right = SENTENCES[not tale.corrected], SENTENCES[tale.corrected]
            assert (wrong in posts[0], right in posts[0]) == (False, True), (name, tale, posts)


def _assert_receipts(server: Server, vendors: Vendors, tales: list[Tale]) -> None:
    """What has a receipt is at the vendor under that id, and shows what was sent; the rest has an end."""
    ours = {tale.id for tale in tales}
    for row in publications(server):
        if row.story_id not in ours or row.channel_id not in {"wechat", "weibo"}:
            continue
        about = (row.id, row.channel_id, row.action, row.state, row.evidence)
        assert row.state in rules.DONE, about
        if row.action != "create" or row.state not in {"receipted", "withdrawn"}:
            continue
        (post,) = (post for post in vendors.all[row.channel_id].posts() if post["id"] == row.external_id)
        assert (row.key[:12] in post["source"], post["deleted"]) == (True, row.state == "withdrawn"), about
        assert row.shown_hash == row.expected_hash, about
        assert rules.content_hash(row.content) == row.hash, about


def _assert_partners(server: Server, vendors: Vendors, tales: list[Tale]) -> None:
    """Each partner acted on each word once, in the order in which it was said, and the last word is the true one."""
    for name in ("city", "county"):
        calls = vendors.all[name].calls()
        assert max(Counter(call["id"] for call in calls).values()) == 1
        keys = {row.key: row for row in publications(server) if row.channel_id == f"webhook-{name}"}
        assert {call["id"] for call in calls} <= keys.keys()
        heard = {call["id"] for call in calls}
        assert {key for key, row in keys.items() if row.receipted_at is not None} <= heard
        for tale in tales:
            mine = [call for call in calls if tale.id in call["data"]["uri"]]
            kinds = [call["type"].removeprefix("article.") for call in mine]
            if tale.withdrawn:
                # What was taken back before it went out never went; a word on that is no harm.
                assert kinds in (
                    [],
                    ["withdrawn"],
                    ["published", "withdrawn"],
                    ["published", "corrected", "withdrawn"],
                ), (name, tale, kinds)
                continue
            assert kinds in ([["published"], ["published", "corrected"]] if tale.corrected else [["published"]]), kinds
            assert SENTENCES[tale.corrected] in str(mine[-1]), (name, tale, mine[-1])


def _assert_hub(server: Server, vendors: Vendors, tales: list[Tale]) -> None:
    """The hub was told of the last change: what it fetched last shows what stands, once, and nothing else."""
    (feed,) = (text for topic, text in vendors.hub.topics().items() if topic == f"{server.url}/feed.json")
    items = json.loads(feed)["items"]
    for tale in tales:
        shown = [item for item in items if tale.id in item["id"]]
        assert len(shown) == (0 if tale.withdrawn else 1), (tale, shown)
        if shown:
            assert SENTENCES[tale.corrected] in str(shown), tale


def _assert_cases(server: Server, tales: list[Tale]) -> None:
    """Each decision has a case, and it has come to an end or says openly what is left to do."""
    cases = {(case.story_id, case.kind): case for case in _all(server, sa.select(Case))}
    for tale in tales:
        for deed, kind in (("withdraw", "withdrawal"), ("correct", "correction")):
            if deed not in tale.deeds:
                continue
            case = cases[tale.id, kind]
            targets = _all(server, sa.select(CaseTarget).where(CaseTarget.case_id == case.id))
            told = [(target.channel_id, target.action, target.state, target.orders) for target in targets]
            assert case.state == "done" or (
                case.state == "partial" and all(state in {"verified", "manual_needed"} for *_, state, _ in told)
            ), (tale, kind, case.state, told)
