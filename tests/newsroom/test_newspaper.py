"""The newspaper: laid out, proofed, signed by another person, printed, and read on the web by everybody."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import json
import uuid
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
import requests
from marshmallow import ValidationError

from backend.forms import Day
from channels.press.pdf import missing
from scenario.examine import correct, does
from scenario.people import Person
from tests.channels.paper_demo import text_of
from tests.newsroom import outlets
from tests.newsroom.kitchen import refused
from tests.support.server import Server, wait_until

_days = itertools.count(1)


def day() -> str:
    """A day that no other test prints a paper of."""
    return (datetime.date(2030, 1, 1) + datetime.timedelta(days=next(_days))).isoformat()


def sends(
    person: Person, path: str, form: Any = None, ver: int | None = None, method: str = "POST"
) -> requests.Response:
    headers = {"Idempotency-Key": uuid.uuid4().hex} | ({"If-Match": f'"{ver}"'} if ver is not None else {})
    return person.call(method, path, json={} if form is None else form, headers=headers)


class Desk:
    """One issue, and the people at it."""

    def __init__(self, server: Server, template: str = "tabloid1", **form: Any) -> None:
        self.server = server
        fields = {"date": day(), "press_deadline": "2031-01-01T02:00:00+08:00", "template": template} | form
        answer = sends(server.staff("layout"), "/kitchen/issues", fields)
        assert answer.status_code == 201, answer.text
        self.issue: dict[str, Any] = answer.json()
        self.path = f"/kitchen/issues/{self.issue['id']}"

    def tries(self, name: str, form: Any = None, who: str | Person = "layout", method: str = "POST") -> Any:
        person = self.server.staff(who) if isinstance(who, str) else who
        return sends(person, f"{self.path}{name}", form, self.read()["ver"], method)

    def does(self, name: str, form: Any = None, who: str | Person = "layout", method: str = "POST") -> dict[str, Any]:
        answer = self.tries(name, form, who, method)
        assert answer.status_code == 200, (name, answer.text[:600])
        self.issue = answer.json()
        return self.issue

    def read(self) -> dict[str, Any]:
        return self.server.staff("layout").does("GET", self.path)

    def slot(self, no: int, page: int = 1) -> dict[str, Any]:
        slots = self.read()["pages"][page - 1]["slots"]
        return next(slot for slot in slots if slot["no"] == no)

    def place(self, no: int, rendition: dict[str, Any], **form: Any) -> dict[str, Any]:
        return self.does(f"/pages/1/slots/{no}/place", {"rendition": rendition["id"]} | form)

    def fill(self, *kept: int) -> None:
        """Mark all other slots of the first page as blank on purpose."""
        for slot in self.read()["pages"][0]["slots"]:
            if slot["no"] not in kept and slot["kind"] == "story":
                self.does(f"/pages/1/slots/{slot['no']}/mark", {"kind": "blank"})

    def print(self) -> dict[str, Any]:
        for who, name in (("layout", "proof"), ("duty", "sign"), ("layout", "press"), ("layout", "printed")):
            self.does(f"/{name}", who=who)
        return self.issue


def ready(server: Server, *, clear: bool = True, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a signed story and its page_slot rendition, cleared."""
    kinds = ("page_slot",) if clear else ()
    if clear:
        story, rows = outlets.cleared(server, *kinds, **fields)
    else:
        story = outlets.signed_story(server, **fields)
        rows = outlets.package(server, story)
    return story, rows["page_slot"]


def long_story(server: Server, length: int) -> tuple[dict[str, Any], dict[str, Any]]:
    story = outlets.signed_story(
        server, body=[{"type": "text", "text": text_of(length).replace("\n", "\n\n")}], cover=None
    )
    rows = outlets.package(server, story, page_slot=outlets.PAGE | {"max_chars": length})
    return story, rows["page_slot"]


def live(server: Server, story: dict[str, Any]) -> None:
    server.staff("chief").does("POST", f"/editor/stories/{story['id']}/publish")


def stranger(server: Server, path: str) -> requests.Response:
    return server.anonymous().get(path)


# ── the issue ──


def test_a_story_moves_to_another_slot_and_changes_places_with_what_stands_there(server: Server) -> None:
    desk = Desk(server, "tabloid4")
    (_, first), (_, second) = ready(server), ready(server)
    desk.place(1, first)
    desk.does("/pages/1/slots/1/move", {"to_page": 2, "to_slot": 3})
    assert (desk.slot(1)["rendition"], desk.slot(3, page=2)["rendition"]["id"]) == (None, first["id"])
    desk.place(2, second)
    desk.does("/pages/2/slots/3/move", {"to_page": 1, "to_slot": 2})
    assert desk.slot(2)["rendition"]["id"] == first["id"]
    assert desk.slot(3, page=2)["rendition"]["id"] == second["id"]
    refused(desk.tries("/pages/1/slots/1/move", {"to_page": 1, "to_slot": 2}), 409, "guard_failed", "has_story")
    for slot, words in ((7, "自办广告"), (2, "已经在"), (9, "没有这个版位")):
        answer = desk.tries("/pages/1/slots/2/move", {"to_page": 1, "to_slot": slot})
        assert answer.status_code == 422
        assert words in answer.json()["errors"][0]["message"]
    desk.fill(2)
    assert desk.slot(2)["rendition"]["id"] == first["id"]


def test_an_issue_is_not_kept_by_a_browser_as_the_texts_on_it_change_without_it(server: Server) -> None:
    desk = Desk(server)
    _, rendition = ready(server, clear=False)
    ver = desk.place(1, rendition)["ver"]
    form = {"fields": {"headline": "抢修连夜完成"}}
    changed = sends(server.staff("editor"), f"/kitchen/renditions/{rendition['id']}", form, rendition["ver"], "PATCH")
    assert changed.status_code == 200, changed.text
    again = server.staff("layout").get(desk.path)
    assert (again.json()["ver"], again.headers["Cache-Control"]) == (ver, "no-store")
    assert again.json()["pages"][0]["slots"][0]["headline"] == "抢修连夜完成"


def test_a_text_is_shown_as_it_will_stand_in_its_slot(server: Server) -> None:
    """Before it has one, in one as it was written for; then in its own, line by line as the page has it."""
    story, rendition = long_story(server, 400)
    path = f"/kitchen/renditions/{rendition['id']}/slot"
    planned = server.staff("editor").does("GET", path)
    (slot,) = planned["slots"]
    assert (planned["name"], slot["fit"]["over"], len(slot["columns"])) == ("", 0, outlets.PAGE["columns"])
    # As many characters as it was written for, and the lines that a short headline leaves.
    assert 400 <= slot["fit"]["room"] < 550
    desk = Desk(server, "tabloid4")
    desk.does("/pages/2/slots/5/place", {"rendition": rendition["id"]})
    proof = server.staff("editor").does("GET", path)
    (slot,) = proof["slots"]
    assert proof["name"] == f"{desk.issue['date']} A02-5"
    assert slot["fit"] == desk.slot(5, page=2)["fit"]
    page = server.staff("layout").does("GET", f"{desk.path}/pages/2/layout")
    whole = next(one for one in page["slots"] if one["no"] == 5)
    words = lambda one: ["".join(run["text"] for run in line["runs"]) for column in one["columns"] for line in column]  # noqa: E731
    assert words(slot) == words(whole)
    assert (slot["box"]["x"], slot["box"]["y"]) == (0, 0)
    assert abs(slot["box"]["w"] - whole["box"]["w"]) < 0.01
    assert (proof["width"], proof["height"]) == (slot["box"]["w"], slot["box"]["h"])
    _, rows = outlets.cleared(server, "weibo_post")
    assert server.staff("editor").get(f"/kitchen/renditions/{rows['weibo_post']['id']}/slot").status_code == 404
    assert story["state"] == "approved"


def test_a_page_says_how_large_it_is_and_where_its_slots_are_and_how_far_their_texts_have_come(server: Server) -> None:
    desk = Desk(server)
    story, rendition = ready(server, clear=False)
    desk.place(1, rendition)
    (page,) = desk.read()["pages"]
    assert (page["width"], page["height"]) == (280, 390)
    lead, right = desk.slot(1), desk.slot(2)
    assert 0 < lead["box"]["x"] < lead["box"]["x"] + lead["box"]["w"] < right["box"]["x"]
    assert right["box"]["x"] + right["box"]["w"] < page["width"]
    assert (lead["stage"], right["stage"], right["chars"]) == ("已签发", None, None)
    assert lead["chars"] > 50
    desk.tries("/pages/1/slots/1/take-out")
    assert story["state"] == "approved"


def test_an_issue_begins_with_the_pages_and_slots_of_its_template(server: Server) -> None:
    desk = Desk(server, "tabloid4", editor="沈佳宁")
    assert (desk.issue["state"], desk.issue["editor"]) == ("planning", "沈佳宁")
    assert [page["label"] for page in desk.issue["pages"]] == ["A01", "A02", "A03", "A04"]
    assert all(slot["max_chars"] > 50 for page in desk.issue["pages"] for slot in page["slots"])
    assert desk.slot(7)["kind_name"] == "自办广告"


def test_a_day_has_one_newspaper(server: Server) -> None:
    desk = Desk(server)
    form = {"date": desk.issue["date"], "press_deadline": "2031-01-01T02:00:00+08:00", "template": "tabloid1"}
    refused(sends(server.staff("layout"), "/kitchen/issues", form), 409, "guard_failed", "one_a_day")


def test_every_day_of_the_calendar_can_have_a_newspaper_and_no_other() -> None:
    field = Day()
    start = datetime.date(1900, 1, 1)
    for days in range(0, 365 * 299, 13):
        real = (start + datetime.timedelta(days=days)).isoformat()
        assert field.deserialize(real) == real
    assert field.deserialize("2028-02-29") == "2028-02-29"
    for never in ("2027-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-1-1"):
        with pytest.raises(ValidationError):
            field.deserialize(never)


def test_who_does_not_lay_out_makes_no_issue(server: Server) -> None:
    form = {"date": day(), "press_deadline": "2031-01-01T02:00:00+08:00", "template": "tabloid1"}
    refused(sends(server.staff("reporter"), "/kitchen/issues", form), 403, "role_forbidden")
    assert sends(server.anonymous(), "/kitchen/issues", form).status_code == 401


def test_of_two_who_change_an_issue_at_once_the_second_is_told(server: Server) -> None:
    desk = Desk(server)
    ver = desk.read()["ver"]
    path = f"{desk.path}/pages/1/slots/3/mark"
    assert sends(server.staff("layout"), path, {"kind": "blank"}, ver).status_code == 200
    late = sends(server.staff("head"), path, {"kind": "house_ad"}, ver)
    assert refused(late, 412, "stale")["ver"] == ver + 1
    refused(sends(server.staff("head"), path, {"kind": "house_ad"}), 428, "precondition_required")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"x": 5, "w": 2}, "slots.1.w"),
        ({"y": 60, "h": 30}, "slots.1.h"),
        ({"w": 1, "columns": 2}, "slots.1.columns"),
        ({"x": 3}, "slots.1"),
        ({"picture_columns": 3}, "slots.1.picture_columns"),
        ({"no": 1}, "slots"),
    ],
)
def test_slots_stay_on_the_grid_and_apart(server: Server, change: dict[str, Any], field: str) -> None:
    desk = Desk(server)
    slots = [
        {"no": 1, "x": 0, "y": 0, "w": 4, "h": 30, "columns": 4, "headline_width": 16},
        {"no": 2, "x": 4, "y": 0, "w": 2, "h": 30, "columns": 2, "headline_width": 12} | change,
    ]
    answer = desk.tries("/pages/1/slots", {"slots": slots}, method="PUT")
    assert [error["field"] for error in refused(answer, 422, "validation")["errors"]] == [field]


def test_a_page_is_laid_out_anew_and_keeps_what_stands_in_its_slots(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server)
    desk.place(2, row)
    wider = {"no": 2, "x": 0, "y": 0, "w": 6, "h": 20, "columns": 6, "headline_width": 20}
    desk.does("/pages/1/slots", {"slots": [wider]}, method="PUT")
    assert [slot["no"] for slot in desk.issue["pages"][0]["slots"]] == [2]
    assert desk.slot(2)["rendition"]["id"] == row["id"]
    gone = desk.tries("/pages/1/slots", {"slots": [wider | {"no": 3}]}, method="PUT")
    refused(gone, 409, "guard_failed", "slots_empty")


def test_the_newspaper_desk_sees_an_issue_change_at_once_and_readers_never(server: Server) -> None:
    desk = Desk(server)
    phone = server.phone(server.staff("head"), ["desk:newspaper"])
    phone.go_online()
    phone.wait_for(lambda: phone.get("issue", desk.issue["id"], "desk:newspaper"))
    ver = desk.does("/pages/1/slots/3/mark", {"kind": "blank"})["ver"]
    held = phone.wait_for(
        lambda: (row := phone.get("issue", desk.issue["id"], "desk:newspaper")) and row["ver"] == ver and row
    )
    assert (held["state"], held["page_count"]) == ("layout", 1)
    phone.go_offline()
    assert sends(server.citizen(), f"{desk.path}/proof", {}, ver).status_code == 403


# ── what stands in a slot ──


def test_only_a_page_slot_is_placed_and_only_once(server: Server) -> None:
    desk = Desk(server)
    story = outlets.signed_story(server)
    rows = outlets.package(server, story)
    other = desk.tries("/pages/1/slots/1/place", {"rendition": rows["wechat_article"]["id"]})
    refused(other, 409, "guard_failed", "page_slot")
    placed = desk.place(1, rows["page_slot"])
    assert placed["state"] == "layout"
    assert desk.slot(1)["headline"] == rows["page_slot"]["fields"]["headline"]
    twice = desk.tries("/pages/1/slots/2/place", {"rendition": rows["page_slot"]["id"]})
    refused(twice, 409, "guard_failed", "placed_once")
    desk.does("/pages/1/slots/1/take-out")
    assert desk.slot(1)["rendition"] is None
    desk.place(2, rows["page_slot"])


def test_a_slot_shows_only_pictures_of_its_own_story(server: Server) -> None:
    desk = Desk(server)
    story, row = ready(server)
    stranger_media = server.staff("layout").does(
        "POST", "/media", files={"file": ("x.jpg", outlets.photo(), "image/jpeg")}
    )
    wrong = desk.tries("/pages/1/slots/1/place", {"rendition": row["id"], "picture": stranger_media["id"]})
    assert refused(wrong, 422, "validation")["errors"][0]["field"] == "picture"
    desk.place(1, row, picture=story["cover"]["id"], picture_columns=2)
    layout = server.staff("layout").does("GET", f"{desk.path}/pages/1/layout")
    slot = next(slot for slot in layout["slots"] if slot["no"] == 1)
    assert slot["picture"]["media"] == story["cover"]["id"]
    assert "抢修现场" in "".join(run["text"] for line in slot["caption"] for run in line["runs"])


def test_every_slot_says_how_its_text_fits_before_it_is_signed(server: Server) -> None:
    desk = Desk(server)
    _, long = long_story(server, 1200)
    _, short = ready(server)
    desk.place(2, long)
    desk.place(1, short)
    over, under = desk.slot(2)["fit"], desk.slot(1)["fit"]
    assert (over["state"], under["state"]) == ("overset", "underset")
    assert over["over"] > 500
    assert f"溢文 {over['over']} 字" in over["words"]
    assert f"缺文 {under['empty']} 行" in under["words"]


def test_a_page_with_empty_slots_or_text_that_runs_over_is_no_proof(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server)
    desk.place(1, row)
    empty = refused(desk.tries("/proof"), 409, "guard_failed", "slots_filled")
    assert [found["slot"] for found in empty["findings"]] == [f"A01-{no}" for no in range(2, 7)]
    _, long = long_story(server, 1200)
    desk.fill(1, 2)
    desk.place(2, long)
    over = refused(desk.tries("/proof"), 409, "guard_failed", "no_overset")
    assert [found["slot"] for found in over["findings"]] == ["A01-2"]
    desk.does("/pages/1/slots/2/take-out")
    desk.does("/pages/1/slots/2/mark", {"kind": "house_ad", "words": ["公益广告", "节约用水"]})
    assert desk.does("/proof")["state"] == "page_proof"
    refused(desk.tries("/pages/1/slots/1/take-out"), 409, "illegal_state", "state")
    assert desk.does("/reopen")["state"] == "layout"


# ── signing and printing ──


def test_the_pages_are_signed_by_a_duty_chief_who_did_not_lay_them_out(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server)
    desk.place(1, row)
    desk.fill(1)
    desk.does("/pages/1/slots/2/mark", {"kind": "blank"}, who="duty")
    desk.does("/proof")
    refused(desk.tries("/sign", who="layout"), 403, "role_forbidden")
    refused(desk.tries("/sign", who="duty"), 409, "same_person", "other_person")
    signed = desk.does("/sign", who="chief")
    assert (signed["state"], signed["signed_by"]["id"]) == ("signed", server.staff("chief").id)


def test_nothing_is_signed_that_was_not_examined_and_cleared(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server, clear=False)
    desk.place(1, row)
    desk.fill(1)
    desk.does("/proof")
    body = refused(desk.tries("/sign", who="duty"), 409, "exam_required", "all_cleared")
    assert body["findings"] == [{"slot": "A01-1"}]
    for name in ("ready", "clear"):
        does(server.staff("editor"), f"/kitchen/renditions/{row['id']}/{name}")
    assert desk.does("/sign", who="duty")["state"] == "signed"


def test_what_was_signed_is_what_goes_to_press(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server)
    desk.place(1, row)
    desk.fill(1)
    desk.does("/proof")
    before = desk.does("/sign", who="duty")["pages"][0]["hash"]
    now = server.staff("editor").does("GET", f"/kitchen/renditions/{row['id']}")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    fields = {"fields": {"text": row["fields"]["text"][::-1]}}
    assert server.staff("editor").patch(f"/kitchen/renditions/{row['id']}", fields, now["ver"], headers=key).ok
    assert desk.read()["pages"][0]["hash"] == before
    refused(desk.tries("/press"), 409, "exam_required", "all_cleared")


def test_a_signature_is_taken_back_with_a_reason_before_the_press(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server)
    desk.place(1, row)
    desk.fill(1)
    desk.does("/proof")
    desk.does("/sign", who="duty")
    publication = desk.slot(1)["publication"]
    refused(desk.tries("/recall", {"reason": "头条要换"}), 403, "role_forbidden")
    back = desk.does("/recall", {"reason": "头条要换"}, who="chief")
    assert (back["state"], back["reason"], back["signed_by"]) == ("layout", "头条要换", None)
    assert server.staff("chief").does("GET", f"/kitchen/publications/{publication}")["state"] == "cancelled"
    desk.print()
    again = desk.slot(1)["publication"]
    assert again != publication
    assert server.staff("chief").does("GET", f"/kitchen/publications/{again}")["state"] == "receipted"


def test_printing_gives_every_slot_its_receipt(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server)
    desk.place(3, row)
    desk.fill(3)
    issue = desk.print()
    date = issue["date"]
    publication = server.staff("chief").does("GET", f"/kitchen/publications/{desk.slot(3)['publication']}")
    assert publication["state"] == "receipted"
    assert publication["external_id"] == f"{date}/A01/3"
    assert publication["url"].endswith(f"/paper/{date}/1")
    layout = server.staff("layout").does("GET", f"{desk.path}/pages/1/layout")
    canonical = json.dumps(layout, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert publication["evidence"]["page_hash"] == hashlib.sha256(canonical.encode()).hexdigest()
    assert publication["evidence"]["issue"] == issue["id"]
    assert server.staff("editor").does("GET", f"/kitchen/renditions/{row['id']}")["state"] == "live"
    refused(desk.tries("/pages/1/slots/3/take-out"), 409, "illegal_state", "state")
    later = Desk(server)
    refused(later.tries("/pages/1/slots/1/place", {"rendition": row["id"]}), 409, "guard_failed", "not_printed")


@pytest.mark.skipif(bool(missing()), reason=f"the press is not installed: {missing()}")
def test_pages_are_printed_to_pdf(server: Server) -> None:
    desk = Desk(server, "tabloid4")
    story, row = ready(server)
    desk.place(1, row, picture=story["cover"]["id"])
    layout = server.staff("layout")
    answer = layout.get(f"{desk.path}/pages/1.pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    page = pypdfium2.PdfDocument(answer.content)
    said = "".join(page[0].get_textpage().get_text_range().split())
    assert len(page) == 1
    assert "".join(row["fields"]["headline"].split()) in said
    assert "".join(row["fields"]["text"].split()) in said
    assert "待稿" in said
    known = layout.get(f"{desk.path}/pages/1.pdf", headers={"If-None-Match": answer.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    part = layout.get(f"{desk.path}/pages/1.pdf", headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"%PDF-")
    whole = layout.get(f"{desk.path}/paper.pdf", timeout=60)
    assert len(pypdfium2.PdfDocument(whole.content)) == 4
    assert layout.get(f"{desk.path}/pages/9.pdf").status_code == 404
    assert stranger(server, f"{desk.path}/pages/1.pdf").status_code == 401


# ── the 数字报 ──


def test_readers_see_an_issue_once_it_is_printed_and_not_before(server: Server) -> None:
    desk = Desk(server)
    in_app, first = ready(server)
    paper_only, second = ready(server)
    live(server, in_app)
    desk.place(1, first, picture=in_app["cover"]["id"])
    desk.place(2, second, picture=paper_only["cover"]["id"])
    desk.fill(1, 2)
    date = desk.issue["date"]
    desk.does("/proof")
    desk.does("/sign", who="duty")
    desk.does("/press")
    assert stranger(server, f"/paper/{date}").status_code == 404
    assert requests.get(f"{server.url}/paper/{date}/1", timeout=30).status_code == 404
    desk.does("/printed")
    issue = stranger(server, f"/paper/{date}").json()
    assert [page["url"] for page in issue["pages"]] == [f"/paper/{date}/1"]
    page = stranger(server, f"/paper/{date}/1").json()
    assert [(each["slot"], each["href"]) for each in page["regions"]] == [
        (1, f"/#/news/{in_app['id']}"),
        (2, "#slot-2"),
    ]
    assert [each["headline"] for each in page["articles"]] == [
        first["fields"]["headline"],
        second["fields"]["headline"],
    ]
    assert page["articles"][0]["text"] == first["fields"]["text"]
    for region in page["regions"]:
        assert 0 <= region["x"] <= region["x"] + region["w"] <= 100
        assert 0 <= region["y"] <= region["y"] + region["h"] <= 100
    assert paper_only["id"] not in json.dumps(page)
    # Its pictures are for everybody now, whether or not its story is in the app.
    assert stranger(server, f"/media/{paper_only['cover']['id']}").status_code == 200
    assert stranger(server, f"/paper/{date}/9").status_code == 404


def test_a_page_to_read_has_links_on_the_sheet_and_a_list_beside_it_and_no_script(server: Server) -> None:
    desk = Desk(server)
    _, row = ready(server)
    desk.place(1, row)
    desk.fill(1)
    date = desk.print()["date"]
    answer = requests.get(f"{server.url}/paper/{date}/1", timeout=30)
    html = answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    headline = row["fields"]["headline"]
    assert f'aria-label="{headline}"' in html
    assert f'<li><a href="#slot-1">{headline}</a></li>' in html
    assert 'id="slot-1"' in html
    assert "<script" not in html
    assert "style=" not in html
    assert requests.get(f"{server.url}/paper/{date}", timeout=30).text == html
    again = requests.get(f"{server.url}/paper/{date}/1", headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)
    assert again.status_code == 304


# ── withdrawals and corrections ──


def alarms(server: Server, kind: str, about: str) -> list[str]:
    board = server.staff("chief").does("GET", "/kitchen/board")
    return [one["text"] for one in board["escalations"] if (one["kind"], one["about"]["id"]) == (kind, about)]


def withdraw(server: Server, story: dict[str, Any]) -> None:
    form = {"kind": "withdrawal", "story": story["id"], "reason": "消息来源有误"}
    does(server.staff("duty"), "/kitchen/cases", form)


def test_a_story_that_is_withdrawn_leaves_a_signed_page_and_the_page_goes_back(server: Server) -> None:
    desk = Desk(server)
    story, row = ready(server)
    kept, second = ready(server)
    live(server, story)
    desk.place(1, row)
    desk.place(2, second)
    desk.fill(1, 2)
    desk.does("/proof")
    desk.does("/sign", who="duty")
    publications = [desk.slot(no)["publication"] for no in (1, 2)]
    withdraw(server, story)
    issue = desk.read()
    assert (issue["state"], issue["signed_by"]) == ("layout", None)
    assert desk.slot(1)["rendition"] is None
    assert desk.slot(2)["story"] == kept["id"]
    [text] = alarms(server, "issue_pulled", issue["id"])
    assert "A01-1" in text
    for publication in publications:
        state = server.staff("chief").does("GET", f"/kitchen/publications/{publication}")["state"]
        assert state == "cancelled"
    desk.does("/pages/1/slots/1/mark", {"kind": "blank"})
    desk.print()
    assert alarms(server, "issue_pulled", issue["id"]) == []


def test_a_corrected_story_keeps_its_slot_and_the_page_waits_for_its_new_text(server: Server) -> None:
    desk = Desk(server)
    story, row = ready(server)
    live(server, story)
    desk.place(1, row)
    desk.fill(1)
    desk.does("/proof")
    desk.does("/sign", who="duty")
    desk.does("/press")
    [text] = [block for block in story["body"] if block["type"] == "text"]
    body = [{"id": text["id"], "type": "text", "html": text["html"].replace("凌晨", "清晨")}]
    correct(server.staff, story["id"], {"note": "时间应为清晨，特此更正。", "body": body})
    assert (desk.read()["state"], desk.slot(1)["rendition"]["id"]) == ("layout", row["id"])
    [told] = alarms(server, "issue_pulled", desk.issue["id"])
    assert "立即停机换版" in told
    date = desk.print()["date"]
    shown = stranger(server, f"/paper/{date}/1").json()["articles"][0]["text"]
    assert "清晨" in shown
    assert "凌晨" not in shown
    found = server.staff("chief").does("GET", f"/kitchen/publications?story={story['id']}&channel=newspaper")["items"]
    assert sorted(each["state"] for each in found) == ["cancelled", "receipted"]


def test_a_story_that_is_withdrawn_after_printing_is_struck_out_with_nothing_of_its_text(server: Server) -> None:
    desk = Desk(server)
    story, row = ready(server)
    live(server, story)
    desk.place(1, row, picture=story["cover"]["id"])
    desk.fill(1)
    date = desk.print()["date"]
    withdraw(server, story)
    page = stranger(server, f"/paper/{date}/1")
    article = page.json()["articles"][0]
    assert (article["state"], article["headline"], article["text"]) == ("withdrawn", "已撤稿", "")
    html = requests.get(f"{server.url}/paper/{date}/1", timeout=30).text
    for said in (page.text, html):
        assert "已撤稿" in said
        assert row["fields"]["headline"] not in said
        assert row["fields"]["text"][:12] not in said
        assert story["cover"]["id"] not in said


def test_a_correction_is_noted_on_the_printed_page_and_printed_in_a_later_issue(server: Server) -> None:
    desk = Desk(server)
    story, row = ready(server)
    live(server, story)
    desk.place(1, row)
    desk.fill(1)
    date = desk.print()["date"]
    [text] = [block for block in story["body"] if block["type"] == "text"]
    body = [{"id": text["id"], "type": "text", "html": text["html"].replace("凌晨", "清晨")}]
    correct(server.staff, story["id"], {"note": "恢复供水的时间应为清晨，特此更正。", "body": body})
    article = stranger(server, f"/paper/{date}/1").json()["articles"][0]
    assert (article["state"], article["note"]) == ("corrected", "恢复供水的时间应为清晨，特此更正。")
    path = f"/kitchen/cases?story={story['id']}&kind=correction"

    def target() -> dict[str, Any]:
        case = server.staff("chief").does("GET", path)["items"][0]
        return next(each for each in case["targets"] if each["channel"] == "newspaper")

    assert (target()["action"], target()["state"]) == ("next_issue", "manual_needed")
    following = Desk(server)
    other = following.tries("/notices", {"target": target()["id"], "text": "另外写的话"})
    assert refused(other, 422, "validation")["errors"][0]["field"] == "text"
    following.does("/notices", {"target": target()["id"]})
    refused(following.tries("/notices", {"target": target()["id"]}), 409, "guard_failed", "notice_once")
    assert following.slot(7)["notice"] == "恢复供水的时间应为清晨，特此更正。"
    assert following.slot(7)["headline"] == "更正启事"
    following.fill()
    following.print()
    assert target()["state"] == "verified"
    notice = stranger(server, f"/paper/{following.issue['date']}/1").json()["articles"][0]
    assert notice["text"] == "恢复供水的时间应为清晨，特此更正。"


# ── the deadline ──


def test_half_an_hour_before_the_press_an_unsigned_issue_is_on_the_board(make_server: Callable[..., Server]) -> None:
    server = make_server()
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
    desk = Desk(server, press_deadline=at.isoformat(timespec="seconds"))
    server.move_clock(89 * 60)
    assert alarms(server, "issue_deadline_near", desk.issue["id"]) == []
    server.move_clock(2 * 60)
    [text] = wait_until(lambda: alarms(server, "issue_deadline_near", desk.issue["id"]))
    assert "尚未签版" in text
    desk.fill()
    desk.does("/proof")
    desk.does("/sign", who="duty")
    assert alarms(server, "issue_deadline_near", desk.issue["id"]) == []


def test_a_deadline_that_was_moved_rings_at_its_new_hour_only(make_server: Callable[..., Server]) -> None:
    server = make_server()
    start = datetime.datetime.now(datetime.UTC)
    first, later = (start + datetime.timedelta(hours=hours) for hours in (2, 5))
    desk = Desk(server, press_deadline=first.isoformat(timespec="seconds"))
    desk.does("", {"press_deadline": later.isoformat(timespec="seconds")}, method="PATCH")
    server.move_clock(3 * 3600)
    # A later issue's alarm shows that the jobs before it are done.
    beside = Desk(
        server, press_deadline=(start + datetime.timedelta(hours=3, minutes=20)).isoformat(timespec="seconds")
    )
    wait_until(lambda: alarms(server, "issue_deadline_near", beside.issue["id"]))
    assert alarms(server, "issue_deadline_near", desk.issue["id"]) == []
    server.move_clock(1.6 * 3600)
    wait_until(lambda: alarms(server, "issue_deadline_near", desk.issue["id"]))
