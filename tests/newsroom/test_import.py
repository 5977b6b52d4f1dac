"""Bringing in what a centre has already, by the commands of a real house, and looking at it over HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenario.people import Person
from tests.support.server import ROOT, Server, wait_until

SAMPLES = ROOT / "demo" / "import"
MEDIA = SAMPLES / "media"
HEAD = "工号,姓名,账号,职务,单位,工作台,岗位,技能,起,止\n"
ARCHIVE_HEAD = "编号,标题,正文,栏目,发布时间,图片\n"


def run(server: Server, *args: Any, code: int = 0) -> str:
    """Run `flask import …`, demand its exit code, and return what it says."""
    done: subprocess.CompletedProcess[str] = server.flask("import", *map(str, args), check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + (done.stderr if code == 1 else "")


def counts(said: str) -> dict[str, int]:
    return {name: int(count) for count, name in re.findall(r" (\d+) (new|changed|unchanged|differs|refused)\b", said)}


def archived(person: Person, source: str) -> dict[str, dict[str, Any]]:
    """All stories that came from a source, by headline."""
    found, cursor = {}, None
    while True:
        query = {"state": "archived", "limit": 100} | ({"cursor": cursor} if cursor else {})
        page = person.does("GET", "/editor/stories", params=query)
        for story in page["items"]:
            if source in {one["name"] for one in story["sources"]}:
                found[story["headline"]] = story
        cursor = page["next"]
        if cursor is None:
            return found


def people(server: Server) -> dict[str, dict[str, Any]]:
    page = server.staff("duty").does("GET", "/kitchen/people", params={"limit": 100})
    return {one["name"]: one for one in page["items"]}


def rows_of(report: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report.read_bytes().decode("utf-8-sig"))))


def staff_file(folder: Path, *lines: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_text(HEAD + "\n".join(lines) + "\n", encoding=encoding)
    return file


def unique() -> str:
    return uuid.uuid4().hex[:8]


@pytest.fixture(autouse=True)
def _fresh_sign_ins(server: Server) -> None:
    # Commands take their time, and a token that another module got may be nearly spent.
    server.staff.cache_clear()


@pytest.fixture
def source() -> str:
    return f"旧站 {unique()}"


# ── people ──


def test_people_come_in_can_sign_in_and_come_in_once(server: Server, tmp_path: Path) -> None:
    one, two, three = (f"p-{unique()}" for _ in range(3))
    file = staff_file(
        tmp_path,
        f"{one},叶{one},{one},记者,宝山报,采访,记者,文字;摄影,,",
        f"{two},穆{two},{two},编播,宝山电视台,广播电视,编播,剪辑,2026-01-01,",
        f"{three},邬{three},{three},摄像,没有的单位,采访,记者,,,",
    )
    report, passwords = tmp_path / "report.csv", tmp_path / "passwords.csv"

    said = run(server, "people", file, "--dry-run", "--report", report, "--passwords", passwords, code=2)
    assert counts(said) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 1}
    assert not passwords.exists()
    assert f"叶{one}" not in people(server)
    dry = rows_of(report)

    said = run(server, "people", file, "--report", report, "--passwords", passwords, code=2)
    assert counts(said) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 1}
    assert rows_of(report) == dry
    (refused,) = dry
    assert (refused["line"], refused["item"], refused["field"], refused["code"]) == ("4", three, "unit", "unknown")
    assert refused["message"].endswith("。")

    first = dict(csv.reader(io.StringIO(passwords.read_text())))
    assert first.keys() == {one, two}
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert not any(password in said for password in first.values())
    form = {"grant": "password", "username": one, "password": first[one]}
    me = Person(server.url, server.anonymous().does("POST", "/auth/tokens", form))
    assert [(role["role"], role["desk"]) for role in me.does("GET", "/me")["roles"]] == [("reporter", "reporters")]
    colleague = people(server)[f"叶{one}"]
    assert (colleague["unit"], colleague["skills"], colleague["on_duty"]) == ("newspaper", ["摄影", "文字"], True)

    before = people(server)
    said = run(server, "people", file, "--passwords", passwords, code=2)
    assert counts(said) == {"new": 0, "changed": 0, "unchanged": 2, "refused": 1}
    assert dict(csv.reader(io.StringIO(passwords.read_text()))) == first
    assert people(server) == before


def test_a_list_in_gb18030_changes_names_and_skills_and_grants_further_roles(server: Server, tmp_path: Path) -> None:
    username = f"p-{unique()}"
    file = staff_file(tmp_path, f"{username},䶮{username},{username},记者,宝山报,采访,记者,文字,,", encoding="gb18030")
    assert counts(run(server, "people", file))["new"] == 1
    assert people(server)[f"䶮{username}"]["title"] == "记者", "a character that GB2312 does not have"
    no_password = {"grant": "password", "username": username, "password": ""}
    assert server.anonymous().post("/auth/tokens", no_password).status_code == 422
    no_password["password"] = "None"
    assert server.anonymous().post("/auth/tokens", no_password).status_code == 401

    lines = [
        f"{username},㛃{username},{username},首席记者,新媒体中心,采访,记者,文字;直播,,",
        f"{username},㛃{username},{username},,,,责任编辑,,,",
    ]
    file = staff_file(tmp_path, *lines, encoding="utf-8-sig")
    assert counts(run(server, "people", file)) == {"new": 0, "changed": 2, "unchanged": 0, "refused": 0}
    changed = people(server)[f"㛃{username}"]
    assert (changed["title"], changed["unit"], changed["skills"]) == ("首席记者", "internet", ["文字", "直播"])
    assert [role["role"] for role in changed["roles"]] == ["reporter", "editor"]

    server.flask("set-password", username, "--password", f"demo-{username}")
    assert server.staff(username).get("/editor/stories").status_code == 200


def test_an_old_list_does_not_bring_back_a_role_that_was_ended(server: Server, tmp_path: Path) -> None:
    username = f"p-{unique()}"
    file = staff_file(tmp_path, f"{username},甲{username},{username},记者,宝山报,采访,记者,,,")
    run(server, "people", file)
    admin = server.staff("admin")
    (line,) = admin.does("GET", "/roster", params={"username": username})["items"]
    admin.does("DELETE", f"/roster/{line['id']}")
    said = run(server, "people", file, code=2)
    assert "〔valid_from〕 refused/ended" in said
    assert people(server)[f"甲{username}"]["on_duty"] is False


def test_two_accounts_with_one_number_are_one_person(server: Server, tmp_path: Path) -> None:
    """The proof is in what a rule that demands two people says: NEWSROOM.md, P1."""
    number, names = f"n-{unique()}", [f"p-{unique()}", f"p-{unique()}"]
    lines = [f"{number},双{number},{names[0]},部门主任,宝山报,编辑,部门主任,,,"]
    lines += [f"{number},双{number},{names[1]},部门主任,宝山报,编辑,部门主任,,,"]
    run(server, "people", staff_file(tmp_path, *lines))
    for name in names:
        server.flask("set-password", name, "--password", f"demo-{name}")
    proposer, same = (server.staff(name) for name in names)

    def command(person: Person, path: str, body: dict[str, Any] | None = None) -> Any:
        return person.post(path, body or {}, headers={"Idempotency-Key": str(uuid.uuid4())})

    form = {"title": f"选题 {number}", "angle": "角度", "why": "缘由", "class": "livelihood", "owner_desk": "editing"}
    topic = command(proposer, "/kitchen/topics", form).json()
    assert command(proposer, f"/kitchen/topics/{topic['id']}/submit").status_code == 200
    answer = command(same, f"/kitchen/topics/{topic['id']}/approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "same_person")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("姓名,账号\n甲,jia\n".encode(), "工号"),
        (None, "没有这个文件"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(
    server: Server, tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "people.csv"
    if content is not None:
        file.write_bytes(content)
    assert words in run(server, "people", file, code=1)


def test_a_password_is_set_for_staff_only_and_ends_what_was_open(server: Server) -> None:
    username = f"p-{unique()}"
    server.flask("create-admin", username, "管理员", "--password", f"demo-{username}")
    before = server.staff(username)
    server.flask("set-password", username, "--password", "another-password")
    assert before.get("/me").status_code == 401
    for args in (
        ("set-password", "nobody-here", "--password", "x" * 12),
        ("set-password", username, "--password", "x"),
    ):
        assert server.flask(*args, check=False).returncode == 1


# ── archives ──


@pytest.mark.parametrize(
    ("name", "headline", "section"),
    [
        ("archive.csv", "老街铺面修缮一新", "jiezhen"),
        ("feed.xml", "吴淞口码头迎来早班轮渡", "yaowen"),
        ("atom.xml", "旧书换绿植", "kejiao"),
        ("export.wxr.xml", "转播车第一次开上码头", "yaowen"),
        ("newsml-g2.xml", "蕰藻浜上的人行桥合龙", "yaowen"),
        ("ninjs.json", "书房里的小小讲解员", "kejiao"),
    ],
)
def test_an_archive_comes_in_with_its_pictures_and_comes_in_once(
    server: Server, tmp_path: Path, source: str, name: str, headline: str, section: str
) -> None:
    editor, report = server.staff("editor"), tmp_path / "report.csv"
    options = ("--media", MEDIA, "--source", source, "--report", report)
    taken = run(server, "archive", SAMPLES / name, *options, code=2)
    assert counts(taken) == {"new": 2, "changed": 0, "unchanged": 0, "refused": 1}
    (refused,) = [one for one in rows_of(report) if one["outcome"] == "refused"]
    assert refused["code"]
    assert refused["message"].endswith("。")

    stories = archived(editor, source)
    assert len(stories) == 2
    story = stories[headline]
    assert (story["state"], story["section"]) == ("archived", section)
    assert story["article_id"] is None
    assert story["signed_by"] is None
    assert story["created_at"] < "2025"
    assert {block["type"] for block in story["body"]} == {"text", "image"}
    assert story["cover"]["kind"] == "image"
    assert editor.get(f"/media/{story['cover']['id']}").headers["Content-Type"] == "image/jpeg"
    assert server.anonymous().get(f"/media/{story['cover']['id']}").status_code == 404
    assert server.anonymous().get(f"/articles/{story['id']}").status_code == 404

    again = run(server, "archive", SAMPLES / name, *options, code=2)
    assert counts(again) == {"new": 0, "changed": 0, "unchanged": 2, "refused": 1}
    assert archived(editor, source) == stories


def test_a_dry_run_says_the_same_and_changes_nothing(server: Server, tmp_path: Path, source: str) -> None:
    editor, reports = server.staff("editor"), [tmp_path / "dry.csv", tmp_path / "real.csv"]
    options = ("--media", MEDIA, "--source", source)
    files = sorted(path.name for path in (server.data_dir / "media").rglob("*"))
    dry = run(server, "archive", SAMPLES / "archive.csv", *options, "--dry-run", "--report", reports[0], code=2)
    assert archived(editor, source) == {}
    assert sorted(path.name for path in (server.data_dir / "media").rglob("*")) == files
    real = run(server, "archive", SAMPLES / "archive.csv", *options, "--report", reports[1], code=2)
    assert counts(dry) == counts(real)
    assert rows_of(reports[0]) == rows_of(reports[1])
    assert {one["code"] for one in rows_of(reports[1])} == {"missing_file", "invalid"}


def test_a_picture_becomes_a_material_that_still_has_to_be_checked(server: Server, source: str) -> None:
    run(server, "archive", SAMPLES / "archive.csv", "--media", MEDIA, "--source", source, code=2)
    cover = archived(server.staff("editor"), source)["老街铺面修缮一新"]["cover"]
    materials = server.staff("editor").does("GET", "/kitchen/materials", params={"limit": 100})["items"]
    (material,) = [one for one in materials if one["media"]["id"] == cover["id"]]
    assert material["state"] == "uploaded"
    assert (material["rights"]["owner"], material["rights"]["licence"]) == ("宝山报", "本单位作品")


def test_the_same_picture_in_two_pieces_is_one_file(server: Server, tmp_path: Path, source: str) -> None:
    name = unique()
    shutil.copy(MEDIA / "laojie.jpg", tmp_path / "a.jpg")
    shutil.copy(MEDIA / "laojie.jpg", tmp_path / "b.jpg")
    file = tmp_path / "archive.csv"
    lines = [f"1,甲{name},正文,要闻,2020-01-01,a.jpg;b.jpg", f"2,乙{name},正文,要闻,2020-01-01,b.jpg"]
    file.write_text(ARCHIVE_HEAD + "\n".join(lines))
    run(server, "archive", file, "--media", tmp_path, "--source", source)
    covers = {story["cover"]["id"] for story in archived(server.staff("editor"), source).values()}
    assert len(covers) == 1


def test_what_changed_at_its_source_is_said_and_not_overwritten(server: Server, tmp_path: Path, source: str) -> None:
    file, report, name = tmp_path / "archive.csv", tmp_path / "report.csv", unique()
    file.write_text(f"{ARCHIVE_HEAD}1,甲{name},原来的正文,要闻,2020-01-01,\n")
    run(server, "archive", file, "--source", source)
    before = archived(server.staff("editor"), source)
    file.write_text(f"{ARCHIVE_HEAD}1,甲{name},后来的正文,要闻,2020-01-01,\n2,乙{name},新的一篇,要闻,2020-01-02,\n")
    said = run(server, "archive", file, "--source", source, "--report", report)
    assert counts(said) == {"new": 1, "changed": 0, "unchanged": 0, "refused": 0, "differs": 1}
    (note,) = rows_of(report)
    assert (note["line"], note["outcome"], note["code"]) == ("2", "differs", "changed")
    assert archived(server.staff("editor"), source)[f"甲{name}"] == before[f"甲{name}"]


def test_rows_that_cannot_be_taken_are_named_and_the_others_come(server: Server, tmp_path: Path, source: str) -> None:
    file, report, name = tmp_path / "archive.csv", tmp_path / "report.csv", unique()
    lines = [
        f"1,{'长' * 201},正文,要闻,2020-01-01,",
        f"2,{'长' * 200},正文,要闻,2020-01-01,",
        f"3,丙{name},正文,没有的栏目,2020-01-01,",
        f"4,丁{name},正文,要闻,2199-01-01,",
        f"5,戊{name},,要闻,2020-01-01,",
        f"2,己{name},正文,要闻,2020-01-01,",
        f"7,庚{name},正文,要闻,2020-01-01,no-picture.jpg;no-file.jpg",
        f"8,辛{name},正文,要闻,2020-01-01,,多",
        f"9,壬{name}\u200b,<b>正文</b>,要闻,2020-01-01,",
    ]
    file.write_text(ARCHIVE_HEAD + "\n".join(lines))
    (tmp_path / "no-picture.jpg").write_bytes(b"MZ no picture at all")
    said = run(server, "archive", file, "--source", source, "--media", tmp_path, "--report", report, code=2)
    assert counts(said) == {"new": 3, "changed": 0, "unchanged": 0, "refused": 6}
    assert [(one["line"], one["field"], one["code"]) for one in rows_of(report)] == [
        ("2", "headline", "too_long"),
        ("4", "section", "unknown"),
        ("5", "published_at", "future"),
        ("6", "text", "missing"),
        ("7", "id", "duplicate"),
        ("8", "media", "unsupported_media_type"),
        ("8", "media", "missing_file"),
        ("9", "", "cells"),
    ]
    stories = archived(server.staff("editor"), source)
    assert len(stories) == 3
    assert stories[f"庚{name}"]["cover"] is None
    assert stories[f"壬{name}\u200b"]["body"][0]["html"] == "<p>&lt;b&gt;正文&lt;/b&gt;</p>", "a table's text is text"

    # With a section for all, the piece of an unknown one comes too.
    said = run(server, "archive", file, "--source", source, "--media", tmp_path, "--section", "民生", code=2)
    assert counts(said)["new"] == 1
    assert archived(server.staff("editor"), source)[f"丙{name}"]["section"] == "minsheng"


def test_an_archived_story_is_taken_up_again_as_a_draft(server: Server, source: str) -> None:
    run(server, "archive", SAMPLES / "feed.xml", "--source", source, code=2)
    editor = server.staff("editor")
    story = archived(editor, source)["菜场换新秤，一秤一码"]
    assert "reopen" in story["allowed"]
    assert "publish" not in story["allowed"]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert editor.does("POST", f"/editor/stories/{story['id']}/reopen", headers=key)["state"] == "draft"
    assert counts(run(server, "archive", SAMPLES / "feed.xml", "--source", source, code=2))["unchanged"] == 2


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss><channel>&c;</channel></rss>', (), "DOCTYPE"),
        (b"<rss><channel/></rss>", ("--format", "newsml"), "NewsML"),
        (b"<rss><channel/></rss>", ("--section", "nowhere"), "没有这个栏目"),
        (b"<rss><channel/></rss>", ("--media", "/no/such/folder"), "没有这个文件夹"),
    ],
)
def test_an_archive_that_cannot_be_read_is_refused_in_words(
    server: Server, tmp_path: Path, content: bytes, options: tuple[str, ...], words: str
) -> None:
    file = tmp_path / "archive.xml"
    file.write_bytes(content)
    assert words in run(server, "archive", file, *options, code=1)


def test_an_import_that_was_killed_goes_on_where_it_stopped(server: Server, tmp_path: Path, source: str) -> None:
    name, file = unique(), tmp_path / "archive.csv"
    lines = [f"{number},{name} 第{number}篇,正文{number},要闻,2020-01-01," for number in range(700)]
    file.write_text(ARCHIVE_HEAD + "\n".join(lines))
    command = ["-m", "flask", "--app", "wsgi", "import", "archive", str(file), "--source", source]
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=server.env, stdout=subprocess.PIPE)
    editor = server.staff("editor")

    def begun() -> bool:
        page = editor.does("GET", "/editor/stories", params={"state": "archived", "limit": 1})
        return process.poll() is not None or any(name in story["headline"] for story in page["items"])

    wait_until(begun, 60, pause=0.01)
    process.kill()
    process.wait()
    before = len(archived(editor, source))
    assert before in {200, 400, 600, 700}, "whole batches only"
    said = run(server, "archive", file, "--source", source)
    assert counts(said) == {"new": 700 - before, "changed": 0, "unchanged": before, "refused": 0}
    assert len(archived(editor, source)) == 700
    runs = run(server, "runs", "--limit", 2).splitlines()
    assert "done" in runs[0]
    assert "700/700" in runs[0]
    assert before == 700 or "interrupted" in runs[1]


# ── units ──


def test_units_desks_and_sections_are_put_up_from_toml(make_server: Callable[..., Server], tmp_path: Path) -> None:
    # A house of its own, since whoever counts desks in the shared one should find those of the demo.
    server = make_server()
    name, file = f"u-{unique()}", tmp_path / "house.toml"
    file.write_text(
        f'[[unit]]\nid = "{name}"\nname = "广播站"\nname_en = "Radio"\nkind = "internet"\nposition = 9\n'
        f'[[desk]]\nid = "{name}-desk"\nname = "直播间"\nname_en = "Studio"\nunit = "{name}"\nsla = {{ draft = 30 }}\n'
    )
    assert "unit 1 · desk 1" in run(server, "units", file)
    units = server.staff("duty").does("GET", "/kitchen/units")["items"]
    assert next(unit for unit in units if unit["id"] == name)["desks"] == [
        {"id": f"{name}-desk", "name": "直播间", "sla": {"draft": 30}}
    ]
    assert "unit 0 · desk 0" in run(server, "units", file)
    file.write_text(f'[[desk]]\nid = "{name}-x"\nname = "甲"\nname_en = "A"\nunit = "nowhere"\n')
    assert "nowhere" in run(server, "units", file, code=1)
    file.write_text('[[desk]]\nname = "甲"\n')
    assert "desk.0.id" in run(server, "units", file, code=1)
    assert json.dumps(units) == json.dumps(server.staff("duty").does("GET", "/kitchen/units")["items"])
