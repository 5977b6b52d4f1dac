"""One story, five products: cut to their limits, stale with their master, examined where they say more than it does."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scenario.examine import command, does, examine, publish, sign_off
from scenario.people import Person
from scenario.phone import Phone
from tests.media_files import photo
from tests.support.server import Server, wait_until

KINDS = ["app_article", "wechat_article", "weibo_post", "page_slot", "rundown_item"]
HEADLINE = "顾村公园周末加开夜场，开放时间延长到晚上九点，入园免费、不用预约，地铁末班车可以直达"
BODY = "顾村公园从本周六起加开夜场。开放时间延长到晚上九点。\n\n入园免费，不用预约。游客可以乘地铁到达。" * 5
PAGE = {
    "issue_date": "2026-08-02",
    "page_no": 3,
    "slot_no": 1,
    "headline_width": 16,
    "max_chars": 92,
    "columns": 3,
}
RUNDOWN = {"show": "晚间新闻", "order": 3, "planned_seconds": 60}
EXPERTS = {"P1": "editor2", "R1": "editor2", "P2": "head", "R2": "head", "P3": "chief", "R3": "chief"}


def drafted(server: Server, **fields: Any) -> dict[str, Any]:
    form = {
        "headline": HEADLINE,
        "summary": "公园夜场本周六起开放",
        "body": BODY,
        "section": "minsheng",
        "class": "livelihood",
        "towns": ["gucun"],
        "sources": [{"name": "公园管理处", "kind": "official", "verified": True}],
    }
    return server.staff("editor").does("POST", "/editor/stories", form | fields)


def signed(server: Server, story: dict[str, Any]) -> dict[str, Any]:
    server.staff("editor").does("POST", f"/editor/stories/{story['id']}/submit")
    return sign_off(server.staff, story["id"])


def packed(server: Server, story: dict[str, Any], **form: Any) -> dict[str, dict[str, Any]]:
    """The renditions of a story's package, by kind."""
    form = {"story": story["id"], "page_slot": PAGE, "rundown_item": RUNDOWN} | form
    return by_kind(does(server.staff("editor"), "/kitchen/packages", form))


def by_kind(package: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rendition["kind"]: rendition for rendition in package["renditions"]}


def now(server: Server, rendition: dict[str, Any]) -> dict[str, Any]:
    return server.staff("editor").does("GET", f"/kitchen/renditions/{rendition['id']}")


def edits(person: Person, rendition: dict[str, Any], **fields: Any) -> Any:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    return person.patch(f"/kitchen/renditions/{rendition['id']}", {"fields": fields}, rendition["ver"], headers=key)


def edited(server: Server, rendition: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = edits(server.staff("editor"), rendition, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asks(server: Server, rendition: dict[str, Any], name: str, json: Any = None, who: str = "editor") -> Any:
    return command(server.staff(who), f"/kitchen/renditions/{rendition['id']}/{name}", json)


def moved(server: Server, rendition: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        answer = asks(server, rendition, name)
        assert answer.status_code == 200, (name, answer.text)
        rendition = answer.json()
    return rendition


def assert_refused(answer: Any, status: int, code: str, guard: str | None = None) -> dict[str, Any]:
    body = answer.json()
    assert (answer.status_code, body["code"], body.get("guard")) == (status, code, guard), body
    return body


def publications(server: Server, rendition: dict[str, Any]) -> list[dict[str, Any]]:
    query = f"story={rendition['story']}&limit=100"
    found = server.staff("editor").does("GET", f"/kitchen/publications?{query}")["items"]
    return [each for each in found if each["rendition"] == rendition["id"]]


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


# ── the checks of the design ──


def test_E1_one_story_makes_five_drafts_within_their_limits(server: Server) -> None:
    story = drafted(server)
    answer = command(
        server.staff("editor"),
        "/kitchen/packages",
        {"story": story["id"], "page_slot": PAGE, "rundown_item": RUNDOWN},
    )
    assert answer.status_code == 201
    package = answer.json()
    assert answer.headers["Location"] == f"/api/v1/kitchen/packages/{package['id']}"
    assert (package["story"], [rendition["kind"] for rendition in package["renditions"]]) == (story["id"], KINDS)
    made = by_kind(package)
    assert {(r["state"], r["transform"], r["story_hash"]) for r in made.values()} == {
        ("draft", "mechanical", story["content_hash"])
    }
    assert {kind: r["problems"] for kind, r in made.items()} == {kind: [] for kind in KINDS}
    assert made["app_article"]["fields"]["title"] == "顾村公园周末加开夜场，开放时间延长到晚上九点"
    assert made["app_article"]["fields"]["push_text"] == "公园夜场本周六起开放"
    assert made["page_slot"]["fields"]["headline"] == "开放时间延长到晚上九点"
    assert made["page_slot"]["measures"] == {"characters": 92, "limit": 92}
    assert made["weibo_post"]["measures"]["visible_length"] <= 140
    assert made["rundown_item"]["measures"]["estimated_seconds"] <= 63
    assert server.staff("editor").does("GET", f"/kitchen/packages/{package['id']}") == package
    found = server.staff("editor").does("GET", f"/kitchen/packages?story={story['id']}")
    assert found == {"items": [package], "next": None}


def test_E2_a_changed_master_makes_every_rendition_stale_in_the_same_answer(server: Server) -> None:
    story = drafted(server)
    packed(server, story)
    answer = server.staff("editor").patch(f"/editor/stories/{story['id']}", {"summary": "另一句"}, story["ver"])
    assert answer.status_code == 200
    brief = answer.json()["renditions"]
    assert [(rendition["kind"], rendition["state"]) for rendition in brief] == [(kind, "stale") for kind in KINDS]
    assert {now(server, rendition)["state"] for rendition in brief} == {"stale"}
    for rendition in brief:
        assert_refused(asks(server, rendition, "publish"), 409, "exam_required", "master_signed")
        assert_refused(asks(server, rendition, "clear"), 409, "guard_failed", "not_stale")


def test_E3_one_new_sentence_makes_it_edited_and_it_is_not_published(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = packed(server, story)["wechat_article"]
    added = "园方提醒游客带好雨具。"
    changed = edited(server, rendition, digest=f"公园夜场本周六起开放。{added}")
    assert (changed["transform"], changed["needs_own_examination"]) == ("edited", True)
    assert changed["new_sentences"] == [added]
    assert [writer["id"] for writer in changed["writers"]] == [server.staff("editor").id]
    refused = assert_refused(asks(server, changed, "publish"), 409, "exam_required", "own_examination")
    assert refused["findings"] == [{"text": added}]
    moved(server, changed, "ready")
    assert_refused(asks(server, changed, "clear"), 409, "exam_required", "own_examination")
    assert now(server, changed)["state"] == "ready"


def test_E5_a_script_of_70_seconds_does_not_go_into_a_slot_of_60(server: Server) -> None:
    rendition = packed(server, drafted(server))["rundown_item"]
    answer = edits(server.staff("tv"), rendition, script="字" * 315)
    assert faults(answer) == [("fields.script", "too_long")]
    assert (answer.json()["estimated_seconds"], answer.json()["planned_seconds"]) == (70.0, 60)
    assert edits(server.staff("tv"), rendition, script="字" * 283).status_code == 200


def test_X6_no_channel_publishes_what_nobody_signed(server: Server) -> None:
    made = packed(server, drafted(server))
    for kind in KINDS:
        assert_refused(asks(server, made[kind], "publish"), 409, "exam_required", "master_signed")
    story = signed(server, drafted(server))
    for rendition in packed(server, story).values():
        assert_refused(asks(server, rendition, "publish"), 409, "exam_required", "cleared")


# ── from the draft to the channel ──


def test_a_mechanical_rendition_inherits_its_masters_signature_and_goes_live_in_the_app(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = moved(server, packed(server, story)["app_article"], "ready", "clear", "publish")
    assert rendition["state"] == "live"
    assert server.anonymous().does("GET", f"/articles/{story['id']}")["headline"] == HEADLINE
    assert moved(server, rendition, "publish")["ver"] == rendition["ver"], "the same once more is done already"
    assert_refused(edits(server.staff("editor"), rendition, title="改"), 409, "illegal_state", "state")


def test_a_story_that_is_live_already_is_not_published_twice(server: Server) -> None:
    story = drafted(server)
    publish(server.staff, story["id"])
    before = server.anonymous().get(f"/articles/{story['id']}").headers["ETag"]
    assert moved(server, packed(server, story)["app_article"], "ready", "clear", "publish")["state"] == "live"
    assert server.anonymous().get(f"/articles/{story['id']}").headers["ETag"] == before


def test_outside_a_rendition_is_live_with_its_receipt_and_not_before(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = moved(server, packed(server, story)["weibo_post"], "ready", "clear")
    assert asks(server, rendition, "publish", {"channels": ["weibo"]}).ok
    (publication,) = publications(server, rendition)
    assert publication["hash"] == rendition["text_hash"]
    wait_until(lambda: publications(server, rendition)[0]["state"] == "receipted", 30)
    assert now(server, rendition)["state"] == "live"
    moved(server, rendition, "publish")
    assert len(publications(server, rendition)) == 1


def test_what_waits_for_its_page_or_its_show_is_not_live(server: Server) -> None:
    story = signed(server, drafted(server))
    made = packed(server, story)
    for kind, channel in (("page_slot", "newspaper"), ("rundown_item", "broadcast")):
        rendition = moved(server, made[kind], "ready", "clear", "publish")
        (publication,) = publications(server, rendition)
        assert publication["channel"] == channel
        assert now(server, rendition)["state"] == "cleared"


def test_a_rendition_has_no_way_to_a_channel_of_another_kind(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = moved(server, packed(server, story)["weibo_post"], "ready", "clear")
    refused = asks(server, rendition, "publish", {"channels": ["wechat", "newspaper"]})
    assert_refused(refused, 409, "no_channel", "channel")
    assert publications(server, rendition) == []
    assert faults(asks(server, rendition, "publish", {"channels": ["no-such"]})) == [("channels.0", "unknown")]


def test_an_edited_rendition_goes_through_its_own_six_steps(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = edited(server, packed(server, story)["weibo_post"], text="夜场来了！带上家人去看看。")
    assert_refused(asks(server, rendition, "submit"), 409, "illegal_state", "state")
    submitted = moved(server, rendition, "ready", "submit")
    assert submitted["exam"]
    assert_refused(asks(server, rendition, "submit"), 409, "guard_failed", "not_in_exam")
    exam = examine(server.staff, submitted["exam"], people=EXPERTS)
    assert exam["state"] == "signed"
    ready = now(server, rendition)
    assert (ready["signed_hash"], ready["needs_own_examination"]) == (ready["text_hash"], False)
    assert_refused(asks(server, rendition, "submit"), 409, "guard_failed", "says_more")
    cleared = moved(server, rendition, "clear")
    assert cleared["state"] == "cleared"
    moved(server, rendition, "publish")
    (publication,) = publications(server, rendition)
    assert (publication["hash"], publication["exam"]) == (cleared["signed_hash"], submitted["exam"])


def test_a_change_after_the_signature_needs_another_one(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = edited(server, packed(server, story)["weibo_post"], text="夜场来了！")
    submitted = moved(server, rendition, "ready", "submit")
    examine(server.staff, submitted["exam"], people=EXPERTS)
    again = edited(server, now(server, rendition), text="夜场真的来了！")
    assert (again["state"], again["needs_own_examination"]) == ("draft", True)
    assert_refused(asks(server, again, "publish"), 409, "exam_required", "own_examination")
    # A mechanical text is the story's, whoever wrote in between.
    plain = moved(server, again, "rederive", "ready", "clear")
    assert (plain["transform"], plain["writers"], plain["state"]) == ("mechanical", [], "cleared")


def test_an_edited_app_article_does_not_go_out_as_something_else(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = edited(server, packed(server, story)["app_article"], push_text="夜场来了，快去看看。")
    submitted = moved(server, rendition, "ready", "submit")
    examine(server.staff, submitted["exam"], people=EXPERTS)
    cleared = moved(server, rendition, "clear")
    assert_refused(asks(server, cleared, "publish"), 409, "no_channel", "app_text")


def test_a_master_that_was_withdrawn_takes_its_renditions_with_it(server: Server) -> None:
    story = drafted(server)
    publish(server.staff, story["id"])
    rendition = moved(server, packed(server, story)["weibo_post"], "ready", "clear")
    server.staff("chief").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "有误"})
    assert_refused(asks(server, rendition, "publish"), 409, "guard_failed", "master_stands")
    answer = command(server.staff("editor"), "/kitchen/packages", {"story": story["id"]})
    assert_refused(answer, 409, "guard_failed", "master_stands")


def test_a_fast_item_takes_its_four_channels_and_waits_with_the_paper(server: Server) -> None:
    form = {
        "headline": "顾村地铁站临时关闭",
        "text": "顾村地铁站因积水临时关闭。请改乘公交。",
        "source": {"name": "区应急局", "kind": "official", "verified": True},
        "reason": "突发积水",
    }
    story = server.staff("editor").does("POST", "/editor/breaking", form)
    made = packed(server, story)
    assert made["rundown_item"]["fields"]["type"] == "crawl"
    assert_refused(asks(server, made["weibo_post"], "publish"), 409, "exam_required", "master_signed")
    server.staff("duty").does("POST", f"/editor/breaking/{story['id']}/sign")
    assert moved(server, made["weibo_post"], "ready", "clear")["state"] == "cleared"
    assert moved(server, made["rundown_item"], "ready", "clear")["state"] == "cleared"
    slot = PAGE | {"max_chars": made["page_slot"]["measures"]["characters"]}
    asks(server, made["page_slot"], "rederive", {"page_slot": slot})
    page = moved(server, made["page_slot"], "ready")
    assert_refused(asks(server, page, "clear"), 409, "guard_failed", "fast_channels")


# ── stale ──


def changed_master(server: Server, story: dict[str, Any], **fields: Any) -> dict[str, Any]:
    story = server.staff("editor").does("GET", f"/editor/stories/{story['id']}")
    answer = server.staff("editor").patch(f"/editor/stories/{story['id']}", fields, story["ver"])
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_making_it_again_leaves_alone_what_was_rewritten(server: Server) -> None:
    story = drafted(server)
    made = packed(server, story)
    own = edited(server, made["weibo_post"], text="夜场来了！")
    again = command(server.staff("editor"), "/kitchen/packages", {"story": story["id"]})
    assert again.status_code == 200
    assert again.json()["id"] == own["package"]
    assert {r["ver"] for r in again.json()["renditions"] if r["kind"] != "weibo_post"} == {1}

    changed_master(server, story, summary="公园夜场开放了")
    anew = packed(server, story)
    assert {kind: r["state"] for kind, r in anew.items()} == {
        kind: "stale" if kind == "weibo_post" else "draft" for kind in KINDS
    }
    assert anew["app_article"]["fields"]["push_text"] == "公园夜场开放了"
    assert anew["weibo_post"]["fields"]["text"] == "夜场来了！"
    # The place in the paper and in the show is planned, and stays.
    assert anew["page_slot"]["fields"]["issue_date"] == PAGE["issue_date"]

    forced = packed(server, story, rederive=["weibo_post"])["weibo_post"]
    assert (forced["state"], forced["transform"], forced["writers"]) == ("draft", "mechanical", [])


def test_two_people_who_make_a_package_at_once_get_the_same_one(server: Server) -> None:
    story = drafted(server)
    people = [server.staff(username) for username in ("editor", "reporter", "layout", "tv")]
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda person: command(person, "/kitchen/packages", {"story": story["id"]}), people))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({rendition["id"] for answer in answers for rendition in answer.json()["renditions"]}) == len(KINDS)


def test_a_new_place_makes_the_page_anew(server: Server) -> None:
    story = drafted(server)
    before = packed(server, story)["page_slot"]
    after = packed(server, story, page_slot=PAGE | {"max_chars": 150, "page_no": 4})["page_slot"]
    assert after["fields"]["page_no"] == 4
    assert before["measures"]["characters"] < after["measures"]["characters"] <= 154.5
    answer = asks(server, after, "rederive", {"page_slot": PAGE})
    assert answer.json()["fields"] == before["fields"]
    assert faults(asks(server, after, "rederive", {"rundown_item": RUNDOWN})) == [("rundown_item", "mismatch")]


def test_a_stale_text_is_confirmed_against_the_new_master(server: Server) -> None:
    story = drafted(server)
    made = packed(server, story)
    assert_refused(asks(server, made["page_slot"], "confirm"), 409, "illegal_state", "state")
    page = made["page_slot"]["fields"]["text"]
    changed_master(server, story, body=BODY + "\n\n停车场同时开放。")
    assert_refused(asks(server, made["page_slot"], "ready"), 409, "illegal_state", "state")
    confirmed = moved(server, made["page_slot"], "confirm")
    assert (confirmed["state"], confirmed["transform"], confirmed["fields"]["text"]) == ("draft", "mechanical", page)
    assert confirmed["story_version"] == 2

    changed_master(server, story, body="改成了别的内容。")
    confirmed = moved(server, made["page_slot"], "confirm")
    assert (confirmed["transform"], confirmed["needs_own_examination"]) == ("edited", True)


def test_a_signature_given_beside_an_old_master_is_void(server: Server) -> None:
    story = signed(server, drafted(server))
    rendition = edited(server, packed(server, story)["weibo_post"], text="夜场来了！")
    submitted = moved(server, rendition, "ready", "submit")
    examine(server.staff, submitted["exam"], people=EXPERTS)
    changed_master(server, story, summary="公园夜场开放了")
    confirmed = moved(server, rendition, "confirm")
    assert (confirmed["signed_hash"], confirmed["needs_own_examination"]) == (None, True)
    again = moved(server, rendition, "ready", "submit")
    assert again["exam"] != submitted["exam"]


# ── limits ──


def test_a_text_back_in_its_masters_words_is_mechanical_again(server: Server) -> None:
    rendition = packed(server, drafted(server))["rundown_item"]
    own = edited(server, rendition, script="各位观众晚上好。")
    back = edited(server, own, script="入园免费，不用预约。顾村公园从本周六起加开夜场。")
    assert (own["transform"], back["transform"], back["new_sentences"]) == ("edited", "mechanical", [])


@pytest.mark.parametrize(
    ("kind", "fields", "fault"),
    [
        ("app_article", {"title": "长" * 31}, ("fields.title", "too_long")),
        ("app_article", {"push_text": "长" * 61}, ("fields.push_text", "too_long")),
        ("app_article", {"tags": ["签"] * 11}, ("fields.tags", "too_many")),
        ("app_article", {"script": "没有"}, ("fields.script", "unknown_field")),
        ("app_article", {"geo": {"towns": ["gucun", "nowhere"]}}, ("fields.geo.towns.1", "unknown")),
        ("app_article", {"cover": {"media": "nothing"}}, ("fields.cover", "unknown")),
        ("wechat_article", {"title": "长" * 33}, ("fields.title", "too_long")),
        ("wechat_article", {"digest": "长" * 121}, ("fields.digest", "too_long")),
        (
            "wechat_article",
            {"body": [{"type": "text", "html": "<p><a href='https://example.org'>看</a></p>"}]},
            ("fields.body.0", "external_link"),
        ),
        ("weibo_post", {"text": "长" * 126}, ("fields.text", "too_long")),
        ("weibo_post", {"topics": ["甲", "乙", "丙", "丁"]}, ("fields.topics", "too_many")),
        ("weibo_post", {"link": "/elsewhere"}, ("fields.link", "unknown_field")),
        ("page_slot", {"text": "长" * 104}, ("fields.text", "too_long")),
        ("page_slot", {"text": "短"}, ("fields.text", "too_short")),
        ("page_slot", {"headline": "长" * 17}, ("fields.headline", "too_long")),
        ("page_slot", {"max_chars": 200}, ("fields.text", "too_short")),
        ("page_slot", {"issue_date": "2026-02-30"}, ("fields.issue_date", "invalid")),
        ("rundown_item", {"planned_seconds": 5}, ("fields.script", "too_long")),
        ("rundown_item", {"clip_seconds": 60}, ("fields.script", "too_long")),
        ("rundown_item", {"lower_thirds": ["好", "长" * 19]}, ("fields.lower_thirds.1", "too_long")),
        ("rundown_item", {"order": "3"}, ("fields.order", "wrong_type")),
        ("rundown_item", {"clip_seconds": "long"}, ("fields.clip_seconds", "wrong_type")),
        ("rundown_item", {}, ("fields", "empty")),
        ("rundown_item", {"colour": "red"}, ("fields.colour", "unknown_field")),
    ],
)
def test_a_change_beyond_the_limits_is_refused_by_name(
    server: Server, kind: str, fields: dict[str, Any], fault: tuple[str, str], renditions: dict[str, dict[str, Any]]
) -> None:
    assert fault in faults(edits(server.staff("editor"), renditions[kind], **fields))
    assert now(server, renditions[kind]) == renditions[kind]


@pytest.fixture(scope="module")
def renditions(server: Server) -> dict[str, dict[str, Any]]:
    return packed(server, drafted(server))


def test_a_page_without_a_slot_is_not_ready(server: Server) -> None:
    package = does(server.staff("editor"), "/kitchen/packages", {"story": drafted(server)["id"]})
    page = by_kind(package)["page_slot"]
    refused = assert_refused(asks(server, page, "ready"), 409, "guard_failed", "limits")
    assert {(finding["field"], finding["code"]) for finding in refused["findings"]} == {
        (field, "missing") for field in PAGE
    }
    answer = asks(server, page, "rederive", {"page_slot": PAGE}, who="layout")
    assert (answer.json()["problems"], answer.json()["fields"]["page_no"]) == ([], 3)
    assert moved(server, page, "ready")["state"] == "ready"


def uploaded(person: Person) -> str:
    picture = {"file": ("p.jpg", photo(size=(800 + uuid.uuid4().int % 200, 600)), "image/jpeg")}
    return person.does("POST", "/media", files=picture)["id"]


def registered(server: Server, media: str) -> None:
    form = {
        "media": media,
        "title": "公园夜景",
        "rights": {"owner": "本中心", "licence": "own"},
        "subjects": "none",
    }
    material = does(server.staff("editor"), "/kitchen/materials", form)
    for step in ("check", "approve"):
        does(server.staff("editor2"), f"/kitchen/materials/{material['id']}/{step}")


def test_pictures_need_words_and_rights_before_the_app_takes_them(server: Server) -> None:
    media = uploaded(server.staff("editor"))
    story = drafted(server, body=[{"type": "text", "text": BODY}, {"type": "image", "media": media}])
    rendition = packed(server, story)["app_article"]
    assert {(p["field"], p["code"]) for p in rendition["problems"]} == {
        ("body.1", "no_alt"),
        ("body.1", "no_rights"),
        ("cover", "no_alt"),
        ("cover", "no_rights"),
    }
    assert rendition["media"][0]["id"] == media
    assert rendition["fields"]["cover"]["crop"]["height"] * 16 <= rendition["media"][0]["width"] * 9
    assert_refused(asks(server, rendition, "ready"), 409, "guard_failed", "limits")

    registered(server, media)
    body = [{**rendition["fields"]["body"][0]}, {"type": "image", "media": media, "alt": HEADLINE}]
    cover = rendition["fields"]["cover"] | {"alt": HEADLINE}
    described = edited(server, rendition, body=body, cover=cover)
    assert (described["problems"], described["transform"]) == ([], "mechanical")
    assert moved(server, described, "ready")["state"] == "ready"
    other = edits(server.staff("editor"), now(server, described), cover=cover | {"crop": None})
    assert faults(other) == [("fields.cover", "ratio")]
    assert edited(server, now(server, described), cover=None)["fields"]["cover"] is None


def test_somebody_elses_private_picture_is_not_to_be_used(server: Server) -> None:
    rendition = packed(server, drafted(server))["weibo_post"]
    theirs = uploaded(server.citizen())
    answer = edits(server.staff("editor"), rendition, images=[{"media": theirs}])
    assert faults(answer) == [("fields.images.0", "unknown")]
    own = uploaded(server.staff("editor"))
    assert edits(server.staff("editor"), rendition, images=[{"media": own, "alt": ""}]).status_code == 200


# ── who, and how ──


def test_readers_of_the_newsroom_read_and_producers_write(server: Server) -> None:
    story = drafted(server)
    rendition = packed(server, story)["page_slot"]
    for username in ("proof", "monitor", "leader"):
        assert now(server, rendition) == server.staff(username).does("GET", f"/kitchen/renditions/{rendition['id']}")
        assert_refused(edits(server.staff(username), rendition, headline="改"), 403, "role_forbidden")
        form = {"story": story["id"]}
        assert_refused(command(server.staff(username), "/kitchen/packages", form), 403, "role_forbidden")
    for stranger in (server.citizen(), server.staff("admin"), server.staff("office")):
        assert stranger.get(f"/kitchen/renditions/{rendition['id']}").status_code == 403
    assert server.anonymous().get(f"/kitchen/packages/{rendition['package']}").status_code == 401
    assert_refused(asks(server, rendition, "publish", who="layout"), 403, "role_forbidden")
    assert edits(server.staff("layout"), rendition, columns=4).status_code == 200


def test_a_strict_story_hides_its_renditions(server: Server) -> None:
    story = drafted(server, sensitivity="strict")
    rendition = packed(server, story)["weibo_post"]
    outsider = server.staff("channels")
    assert outsider.get(f"/kitchen/renditions/{rendition['id']}").status_code == 404
    assert outsider.get(f"/kitchen/packages/{rendition['package']}").status_code == 404
    assert outsider.does("GET", f"/kitchen/packages?story={story['id']}")["items"] == []
    assert edits(outsider, rendition, text="改").status_code == 404
    assert asks(server, rendition, "ready", who="channels").status_code == 404
    assert faults(command(outsider, "/kitchen/packages", {"story": story["id"]})) == [("story", "unknown")]
    streams = "desk:editing,desk:newmedia"
    assert rendition["id"] not in outsider.get("/sync/snapshot", params={"streams": streams}).text


def test_a_story_that_is_not_there_has_no_package(server: Server) -> None:
    assert faults(command(server.staff("editor"), "/kitchen/packages", {"story": "nothing"})) == [("story", "unknown")]
    for path in ("/kitchen/packages/nothing", "/kitchen/renditions/nothing"):
        assert server.staff("editor").get(path).status_code == 404
    assert command(server.staff("editor"), "/kitchen/renditions/nothing/ready").status_code == 404


def test_every_write_carries_a_key_and_an_edit_its_version(server: Server) -> None:
    rendition = packed(server, drafted(server))["weibo_post"]
    path, form = f"/kitchen/renditions/{rendition['id']}", {"fields": {"text": "夜场来了！"}}
    editor, key = server.staff("editor"), {"Idempotency-Key": uuid.uuid4().hex}
    assert_refused(editor.post(f"{path}/ready"), 400, "key_required")
    assert_refused(editor.patch(path, form, headers=dict(key)), 428, "precondition_required")
    first = editor.patch(path, form, rendition["ver"], headers=dict(key))
    again = editor.patch(path, form, rendition["ver"], headers=dict(key))
    assert first.json() == again.json()
    assert now(server, rendition)["ver"] == rendition["ver"] + 1
    late = assert_refused(edits(editor, rendition, text="别的"), 412, "stale")
    assert late["ver"] == rendition["ver"] + 1
    assert_refused(command(editor, f"{path}/ready", None, rendition["ver"]), 412, "stale")


def test_a_kept_copy_is_answered_with_304(server: Server) -> None:
    rendition = packed(server, drafted(server))["weibo_post"]
    for path in (f"/kitchen/renditions/{rendition['id']}", f"/kitchen/packages/{rendition['package']}"):
        tag = server.staff("editor").get(path).headers["ETag"]
        assert server.staff("editor").get(path, headers={"If-None-Match": tag}).status_code == 304
    edited(server, rendition, text="夜场来了！")
    changed = server.staff("editor").get(f"/kitchen/packages/{rendition['package']}", headers={"If-None-Match": tag})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("username", "stream", "kind"),
    [
        ("editor2", "desk:editing", "app_article"),
        ("channels", "desk:newmedia", "weibo_post"),
        ("layout", "desk:newspaper", "page_slot"),
        ("tv", "desk:tv", "rundown_item"),
    ],
)
def test_a_rendition_arrives_at_the_desk_that_makes_it(server: Server, username: str, stream: str, kind: str) -> None:
    phone = Phone(server.staff(username), [stream])
    phone.go_online()
    story = drafted(server)
    rendition = packed(server, story)[kind]
    held = phone.wait_for(lambda: phone.get("rendition", rendition["id"], stream))
    assert held == now(server, rendition)
    changed_master(server, story, summary="另一句")
    assert phone.wait_for(lambda: phone.get("rendition", rendition["id"], stream)["state"] == "stale")
    assert phone.equals_server()
    phone.go_offline()
