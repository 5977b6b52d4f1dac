"""Search: both engines find the same in the same order, and nothing outlives its withdrawal by a moment."""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.db import Engine
from backend.search import actions, index, queries, rules
from backend.search.models import SearchDoc
from backend.search.queries import Filters
from backend.search.sources import Document
from backend.search.words import terms_of
from scenario.people import Person
from tests import test_catalogue as catalogue
from tests.support.server import ROOT, ScratchDatabase, Server, postgres_url

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ENGINES = ["sqlite", "postgresql"]


# ── the engines ──


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Engine]]:
    """An empty index in each engine that is there, made by the migration itself."""
    spec = importlib.util.spec_from_file_location("made", ROOT / "migrations" / "versions" / "0014_search.py")
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    with ExitStack() as stack:
        found = {"sqlite": Engine(f"sqlite:///{tmp_path_factory.mktemp('search')}/index.db")}
        if url := postgres_url():
            scratch = ScratchDatabase(url)
            stack.callback(scratch.drop)
            found["postgresql"] = Engine(scratch.url.replace("postgresql://", "postgresql+psycopg2://", 1))
        for engine in found.values():
            stack.callback(engine.sa.dispose)
            with engine.writing() as session, Operations.context(MigrationContext.configure(session.connection())):
                migration.create_search()
                session.commit()
        yield found


def fill(session: Session, documents: list[Document]) -> None:
    index.clear(session)
    session.execute(sa.text("DELETE FROM search_doc"))
    session.expunge_all()
    for document in documents:
        actions.put(session, document)


def pages(session: Session, question: str, filters: Filters, limit: int = 3) -> list[tuple[str, str]]:
    """Everything that is found, page by page."""
    found: list[tuple[str, str]] = []
    cursor = None
    while True:
        page = queries.search(session, question, filters, cursor=cursor, limit=limit)
        found += [(item["kind"], item["id"]) for item in page["items"]]
        if page["next"] is None:
            assert page["found"] == len(found)
            return found
        cursor = page["next"]


def by_hand(documents: list[Document], question: str, filters: Filters) -> list[tuple[str, str]]:
    """The same without any index: every document is looked at."""
    terms, keys = terms_of(question), []
    low, high = filters.numbers()
    for document in documents:
        row = actions.row_of(document)
        in_sight = (
            (not filters.kinds or document.kind in filters.kinds)
            and filters.section in {None, document.section}
            and filters.office in {None, document.office}
            and (filters.town is None or filters.town in document.towns)
            and low <= row.doc_no <= high
        )
        moment = 0 if document.published_at is None else actions.milliseconds(document.published_at)
        lines = rules.Lines(row.kind, row.thing_id, row.title_line, row.text_line, row.spelt, moment)
        key = rules.rank(terms, lines) if terms and in_sight else None
        if key is not None:
            keys.append(key)
    return [key[3:] for key in sorted(keys)]


def documents_of(rows: list[dict[str, Any]]) -> list[Document]:
    """Make documents; equal ids are one thing, as its last version has it."""
    made = [Document(**{"ver": 1, "spoken": row["kind"] == "service"} | row) for row in rows]
    return list({(document.kind, document.id): document for document in made}.values())


words = st.text("停水路灯居住证办理顾村積абé𠮷ab1Ｆ ，。\n\"“”'*:()-", max_size=24)
rows = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["article", "notice", "service"]),
        "id": st.sampled_from([f"id-{number}" for number in range(6)] + ["ABC", "abc"]),
        "title": words,
        "text": words,
        "section": st.sampled_from([None, "minsheng", "zheng-wu"]),
        "office": st.sampled_from([None, "office_1", "office-1"]),
        "towns": st.sampled_from([(), ("gucun",), ("gucun", "luodian")]),
        "published_at": st.none() | st.integers(0, 5000).map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
    }
)
filters = st.builds(
    Filters,
    kinds=st.sampled_from([(), ("article",), ("notice", "service")]),
    section=st.sampled_from([None, None, "minsheng", "zheng-wu"]),
    office=st.sampled_from([None, None, "office_1", "office-1"]),
    town=st.sampled_from([None, None, "gucun"]),
    first_day=st.sampled_from([None, None, (BEGIN + timedelta(days=1)).date()]),
    last_day=st.sampled_from([None, None, (BEGIN + timedelta(days=2)).date()]),
)


@settings(max_examples=60)
@given(st.lists(rows, max_size=12), st.lists(st.tuples(words, filters), min_size=1, max_size=6))
def test_every_engine_finds_what_looking_at_everything_finds(
    engines: dict[str, Engine], given_rows: list[dict[str, Any]], asked: list[tuple[str, Filters]]
) -> None:
    documents = documents_of(given_rows)
    for name, engine in engines.items():
        with engine.writing() as session:
            fill(session, documents)
            for question, some in asked:
                assert pages(session, question, some) == by_hand(documents, question, some), (name, question)
            session.rollback()


def corpus() -> list[Document]:
    """A few hundred texts of a district, made of the same few words in all orders; one of them is very long."""
    places = ["顾村镇", "友谊路街道", "罗店镇", "淞南镇", "月浦镇"]
    things = ["停水", "路灯报修", "垃圾清运", "居住证办理", "５Ｇ基站", "WiFi 覆盖", "樱花节", "老年人助餐"]
    made = []
    for number in range(320):
        place, thing, other = places[number % 5], things[number % 8], things[(number // 8) % 8]
        title = f"{place}{thing}" if number % 3 else f"关于{thing}的通告"
        text = f"{place}的居民：{other}，第{number}号。" + "的" * (number % 7)
        kind = "article" if number % 2 else "notice"
        at = BEGIN + timedelta(minutes=number // 2)
        made.append(Document(kind, f"d{number}", 1, title, text, towns=(f"t{number % 5}",), published_at=at))
    # More than a `tsvector` can remember places of: 300 times one word, and what is asked for stands after 20,000.
    long = "停电的通知。" * 300 + "无关的文字。" * 4000 + "罕见的短语在最后"
    made.append(Document("article", "long", 1, "长文", long, published_at=BEGIN))
    made += [
        Document("service", "residence", 1, "居住证办理", "材料与期限", spoken=True),
        Document("service", "trees", 1, "行道树修剪", "枯枝坠落", spoken=True),
    ]
    return made


BATTERY = [
    *("停水", "顾村", "居住证", "路灯报修", "路灯 罗店", "5G", "５ｇ基站", "wifi", "垃圾清運", "jzz", "juzhuzheng"),
    *("“居住证办理”", '"顾村镇 停水"', "的", "第7号", "7", "通告", "停水通告", "罕见的短语在最后", "无关 罕见", "xds"),
    *("没有这样的词", "*", '"', "AND", "停水 OR 路灯", "NEAR(停水, 2)", "title:停水", "-停水", "' --", "停水*"),
]


@pytest.fixture(scope="module")
def filled(engines: dict[str, Engine]) -> dict[str, Engine]:
    documents = corpus()
    for engine in engines.values():
        with engine.writing() as session:
            fill(session, documents)
            session.commit()
    return engines


@pytest.mark.parametrize("question", BATTERY)
def test_a_battery_of_questions_has_one_answer(filled: dict[str, Engine], question: str) -> None:
    documents, answers = corpus(), {}
    for name, engine in filled.items():
        with engine.reading() as session:
            answers[name] = queries.search(session, question, Filters(), cursor=None, limit=50)
            assert pages(session, question, Filters(), limit=50) == by_hand(documents, question, Filters()), name
    assert all(answer == answers["sqlite"] for answer in answers.values()), "marks and snippets too"


def test_the_suggestions_are_the_same_too(filled: dict[str, Engine]) -> None:
    for typed in ("居住", "jz", "juzhu", "顾村", "行", "w", "*", "“"):
        answers = []
        for engine in filled.values():
            with engine.reading() as session:
                answers.append(queries.suggest(session, typed))
        assert all(answer == answers[0] for answer in answers), typed
        assert len(answers[0]) <= queries.SUGGESTIONS
    with filled["sqlite"].reading() as session:
        assert [each["id"] for each in queries.suggest(session, "juz")] == ["residence"]


def test_a_common_word_brings_the_newest_and_says_that_there_are_more(engines: dict[str, Engine]) -> None:
    many = index.MOST + 30
    documents = [
        Document("article", f"d{number:04}", 1, "樱花", "开了", published_at=BEGIN + timedelta(minutes=number))
        for number in range(many)
    ]
    for engine in engines.values():
        with engine.writing() as session:
            fill(session, documents)
            answer = queries.search(session, "樱花", Filters(), cursor=None, limit=2)
            session.rollback()
        assert (answer["found"], answer["more_exist"]) == (index.MOST, True)
        assert [item["id"] for item in answer["items"]] == [f"d{many - 1:04}", f"d{many - 2:04}"]


# ── the house ──


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    made = make_server()
    yield made
    answer = made.flask("search", "rebuild", "--check", check=False)
    assert answer.returncode == 0, "the index is what making it anew would give:\n" + answer.stdout
    assert not made.unexpected()


def ids(person: Person, question: str, **query: str) -> list[str]:
    answer = person.get("/search", params={"q": question} | query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def hanzi() -> str:
    """A word of four characters that stands nowhere else."""
    return "".join(chr(0x4E00 + int(uuid.uuid4().hex[:4], 16) % 20000) for _ in range(4))


def breaking(house: Server, words: str) -> str:
    form = {
        "headline": words,
        "text": f"正文{words}",
        "source": {"name": "区气象台", "verified": True},
        "reason": "突发",
    }
    opened = house.staff("editor").does("POST", "/editor/breaking", form)
    return str(house.staff("duty").does("POST", f"/editor/breaking/{opened['id']}/sign")["id"])


def notice(house: Server, title: str, **fields: Any) -> dict[str, Any]:
    form = {"title": title, "body": f"{title}的正文", "category": "other"} | fields
    return dict(house.staff("office").does("POST", "/office/notices", form))


def test_an_article_is_found_when_it_is_live_and_gone_when_it_is_withdrawn(house: Server) -> None:
    word, reader = hanzi(), house.anonymous()
    assert ids(reader, word) == []
    story = breaking(house, word)
    assert ids(reader, word) == [story]
    assert ids(reader, word, kind="notice,service") == []
    form = {"reason": "消息有误"}
    done = house.staff("chief").post(f"/editor/stories/{story}/withdraw", form)
    assert done.ok, done.text
    assert ids(reader, word) == []


def test_a_draft_is_not_found_and_a_notice_is_until_it_is_withdrawn(house: Server) -> None:
    word, reader = hanzi(), house.anonymous()
    draft = notice(house, word, towns=["gucun"])
    assert ids(reader, word) == []
    path = f"/office/notices/{draft['id']}"
    house.staff("office2").does("POST", f"{path}/publish")
    assert ids(reader, word, kind="notice", town="gucun", office="wateraffairs") == [draft["id"]]
    assert ids(reader, word, town="luodian") == []
    house.staff("office2").does("POST", f"{path}/withdraw", {"reason": "有误"})
    assert ids(reader, word) == []


def test_an_item_of_the_catalogue_is_found_as_it_is_now_and_gone_when_it_is_withdrawn(house: Server) -> None:
    word, later, reader = hanzi(), hanzi(), house.anonymous()
    entry = catalogue.item(house, title=f"{word}办理")
    assert ids(reader, word, kind="item", office="wateraffairs") == [entry["id"]]
    catalogue.changed(house, entry, title=f"{later}办理")
    assert (ids(reader, word), ids(reader, later)) == ([], [entry["id"]])
    house.staff("office").does("POST", f"/office/catalogue/{entry['id']}/withdraw", {"reason": "事项已取消"})
    assert ids(reader, later) == []


def test_a_request_is_found_when_its_public_version_is_approved_and_gone_when_it_is_private(house: Server) -> None:
    word, reader, citizen, desk = hanzi(), house.anonymous(), house.citizen(), house.staff("dispatcher")
    form = {"service": "manhole", "title": f"{word}井盖松动", "text": "一踩就响", "privacy": "public_twin"}
    case = citizen.does("POST", "/requests", form)
    assert ids(reader, word) == []
    waiting = desk.does("GET", "/desk/twins")["items"]
    (twin,) = (each["id"] for each in waiting if each["request"]["id"] == case["id"])
    desk.does("POST", f"/desk/twins/{twin}/approve")
    assert ids(reader, word, kind="request") == [twin]
    citizen.does("POST", f"/requests/{case['id']}/privacy", {"privacy": "private"})
    assert ids(reader, word) == []


def test_services_are_found_by_name_and_pinyin_and_marked(house: Server) -> None:
    item = house.anonymous().does("GET", "/search?q=ludeng&kind=service")["items"][0]
    assert (item["id"], item["title_marks"]) == ("streetlight", [{"start": 0, "end": 2}])
    suggested = house.anonymous().does("GET", "/search/suggest?q=jsld")["items"]
    assert suggested == []
    assert house.anonymous().does("GET", "/search/suggest?q=xds")["items"][0]["id"] == "trees"


@pytest.mark.parametrize(
    "question", ["*", '"', "AND OR NOT", "NEAR(", "' OR 1=1 --", "\\", "：：", "😀", "a" * 200, "水" * 200]
)
def test_an_odd_question_is_answered_as_plain_text(house: Server, question: str) -> None:
    answer = house.anonymous().get("/search", params={"q": question})
    assert answer.status_code == 200, answer.text
    assert house.anonymous().get("/search/suggest", params={"q": question[:40]}).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({}, 422, "q"),
        ({"q": ""}, 422, "q"),
        ({"q": " 　"}, 422, "q"),
        ({"q": "水" * 10_000}, 422, "q"),
        ({"q": "停水", "kind": "secrets"}, 422, "kind"),
        ({"q": "停水", "from": "2026-02-30"}, 422, "from"),
        ({"q": "停水", "from": "2026-03-02", "to": "2026-03-01"}, 422, "to"),
        ({"q": "停水", "cursor": "bogus"}, 422, "cursor"),
        ({"q": "停\x00水"}, 400, None),
    ],
)
def test_a_bad_question_is_refused_in_words(
    house: Server, query: dict[str, str], status: int, field: str | None
) -> None:
    answer = house.anonymous().get("/search", params=query)
    # The line of an address is bounded by the server before we see it.
    assert answer.status_code in ({status} | ({414, 431} if len(query.get("q", "")) > 9000 else set())), answer.text
    if field and answer.status_code == 422:
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def everything(session: Session) -> list[Any]:
    """All that search holds, but for numbers."""
    rows = session.scalars(sa.select(SearchDoc).order_by(SearchDoc.kind, SearchDoc.thing_id)).all()
    held = index.held(session, [row.doc_no for row in rows])
    return [[actions.contents(row), sorted(held[row.doc_no])] for row in rows]


def test_what_was_there_before_the_index_is_found_after_a_start(make_server: Callable[..., Server]) -> None:
    made = make_server(start=False)
    url = made.env.get("DATABASE_URL", f"sqlite:///{made.data_dir}/ronghui.db")
    database = Engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    with database.writing() as session:
        before = everything(session)
        session.execute(sa.text("DELETE FROM search_doc"))
        session.execute(sa.text("DELETE FROM search_index"))
        session.commit()
    made.flask("prepare")
    with database.writing() as session:
        assert everything(session) == before
        assert len(before) > 50
        session.execute(sa.text("UPDATE search_doc SET title_line = ' x ' WHERE kind = 'notice'"))
        session.commit()
    wrong = made.flask("search", "rebuild", check=False)
    assert (wrong.returncode, "不同" in wrong.stdout) == (1, True)
    with database.reading() as session:
        assert everything(session) == before
