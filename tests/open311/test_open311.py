"""Open311 over HTTP: every answer held against the standard, in both formats and at both endpoints."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import georeport
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.clock import SystemClock
from backend.config import load_settings
from backend.db import Engine
from backend.open311.keys import make_key
from backend.sealing import lend
from backend.unit_of_work import Database
from tests.open311.validator import as_texts, validate
from tests.support.server import Server
from tests.support.tables import keys_of, run, run_many

LIVE, TEST = "/open311/v2", "/open311/test/v2"
FORMS = ["xml", "json"]
KEY = "demo-open311"
WHERE = {"lat": "31.404", "long": "121.488"}
SECRET_WORDS = "三楼王阿姨 13912345678"


@dataclass(frozen=True)
class Client:
    """A program that speaks Open311."""

    url: str
    key: str = KEY

    def get(self, path: str, base: str = LIVE, **params: Any) -> requests.Response:
        return requests.get(f"{self.url}{base}/{path}", params=params, timeout=30)

    def post(self, form: str = "json", base: str = LIVE, headers: Any = None, **fields: Any) -> requests.Response:
        url = f"{self.url}{base}/requests.{form}"
        return requests.post(url, data={"api_key": self.key} | fields, headers=headers, timeout=30)

    def files(self, base: str = LIVE, **fields: Any) -> str:
        """File a report; return its number."""
        given = {"service_code": "manhole", "description": SECRET_WORDS} | WHERE | fields
        (filed,) = validate(self.post(base=base, **given), "filed", "json")
        return str(filed["service_request_id"])

    def reads(self, number: str, base: str = LIVE, **params: Any) -> dict[str, Any]:
        (found,) = validate(self.get(f"requests/{number}.json", base, **params), "requests", "json")
        return dict(found)


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url)


def key_of(server: Server, name: str, **limits: int) -> str:
    """Make a key as the command does, which would take seconds to start."""
    engine = Engine(load_settings(server.env).database_url)
    lend(engine.sa, keys_of(server))
    database = Database(engine, SystemClock())
    with database.unit() as unit:
        return make_key(unit, name=name, **limits)[1]


@pytest.fixture(scope="module")
def stranger(server: Server) -> Client:
    """Another client than the demo's."""
    return Client(server.url, key_of(server, "另一个客户端"))


# ── discovery ──


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["/open311", LIVE, TEST])
def test_the_endpoints_are_to_be_discovered(client: Client, path: str, form: str) -> None:
    found = validate(client.get(f"discovery.{form}", path), "discovery", form)
    assert [(each["type"], each["url"]) for each in found["endpoints"]] == [
        ("production", client.url + LIVE),
        ("test", client.url + TEST),
    ]
    for each in found["endpoints"]:
        assert each["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert each["formats"] == ["text/xml", "application/json"]
        assert datetime.fromisoformat(each["changeset"]) < datetime.now(UTC)


def test_what_is_discovered_answers(client: Client) -> None:
    for each in client.get("discovery.json", "/open311").json()["endpoints"]:
        answer = requests.get(f"{each['url']}/services.xml", timeout=30)
        validate(answer, "services", "xml")


def test_a_changed_service_moves_the_changeset(server: Server, client: Client) -> None:
    before = client.get("discovery.json").json()["changeset"]
    (kept,) = run(server, "SELECT changed_at FROM service WHERE id = 'manhole'")
    run(server, "UPDATE service SET changed_at = :at WHERE id = 'manhole'", at=datetime(2027, 1, 2, tzinfo=UTC))
    try:
        assert client.get("discovery.json").json()["changeset"] == "2027-01-02T08:00:00+08:00" > before
    finally:
        run(server, "UPDATE service SET changed_at = :at WHERE id = 'manhole'", at=kept[0])


# ── both formats say the same ──


def pages(client: Client) -> Iterator[tuple[str, str, dict[str, str]]]:
    number = client.files()
    token = client.post(service_code="schooladmission", **WHERE).json()[0]["token"]
    yield "services", "services", {}
    for code in ("streetlight", "waterlogging", "noise", "manhole"):
        yield f"services/{code}", "definition", {}
    yield "requests", "requests", {}
    yield "requests", "requests", {"status": "closed"}
    yield "requests", "requests", {"service_request_id": str(uuid.uuid4())}
    yield f"requests/{number}", "requests", {}
    yield f"requests/{number}", "requests", {"api_key": KEY}
    yield f"tokens/{token}", "token", {}


def test_xml_and_json_are_the_same_answer(client: Client) -> None:
    for path, what, params in pages(client):
        as_xml = validate(client.get(f"{path}.xml", **params), what, "xml")
        as_json = validate(client.get(f"{path}.json", **params), what, "json")
        assert as_xml == as_texts(as_json), path


def test_a_reader_who_has_it_is_told_so(client: Client) -> None:
    first = client.get("services.xml")
    headers = {"If-None-Match": first.headers["ETag"]}
    again = requests.get(f"{client.url}{LIVE}/services.xml", headers=headers, timeout=30)
    assert (again.status_code, again.content) == (304, b"")


# ── services ──


def test_the_services_are_those_of_the_house(server: Server, client: Client) -> None:
    ours = {each["id"]: each["name"] for each in server.anonymous().does("GET", "/services")["items"]}
    listed = client.get("services.json").json()
    assert {each["service_code"]: each["service_name"] for each in listed} == ours
    with_questions = {each["service_code"] for each in listed if each["metadata"] is True}
    assert with_questions == {"streetlight", "waterlogging", "noise"}
    assert {each["service_code"]: each["type"] for each in listed if each["type"] != "realtime"} == {
        "schooladmission": "batch"
    }


def test_a_definition_has_the_questions_of_a_service(client: Client) -> None:
    kinds = {
        attribute["datatype"]
        for code in ("streetlight", "waterlogging", "noise")
        for attribute in client.get(f"services/{code}.json").json()["attributes"]
    }
    assert kinds == {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
    assert client.get("services/manhole.json").json() == {"service_code": "manhole", "attributes": []}


# ── filing ──


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("base", [LIVE, TEST])
def test_the_example_of_the_standard_is_filed(client: Client, base: str, form: str) -> None:
    answer = client.post(
        form,
        base,
        jurisdiction_id="shbsq.gov.cn",
        service_code="streetlight",
        **WHERE,
        address_string="1234 5th street",
        email="smit333@sfgov.edu",
        device_id="tt222111",
        account_id="123456",
        first_name="john",
        last_name="smith",
        phone="111111111",
        description="A large sinkhole is destroying the street",
        media_url="http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
        **{"attribute[FAULT]": "dark", "attribute[POLE]": "123456"},
    )
    (filed,) = validate(answer, "filed", form)
    assert filed["account_id"] == "123456"
    assert "5 个工作日" in filed["service_notice"]
    own = client.reads(filed["service_request_id"], base, api_key=KEY)
    assert own["description"] == "A large sinkhole is destroying the street"
    assert (own["address"], own["lat"], own["long"]) == ("1234 5th street", 31.404, 121.488)
    assert own["media_url"].startswith("http://farm3.static.flickr.com/")


def test_what_was_filed_is_on_the_dispatchers_desk_with_all_that_staff_need(server: Server, client: Client) -> None:
    picture = "https://pictures.example/1.jpg"
    number = client.files(
        service_code="waterlogging",
        description="桥下积水\r\n车过不去",
        first_name="小明",
        last_name="王",
        phone="13800000000",
        media_url=picture,
        **{"attribute[DEPTH]": "knee", "attribute[AFFECTS][]": ["people", "cars"], "attribute[SINCE]": "2026-11-26"},
    )
    case = server.staff("dispatcher").does("GET", f"/desk/requests/{number}")
    assert (case["title"], case["text"]) == ("桥下积水", "桥下积水\n车过不去")
    assert (case["lat"], case["lon"], case["town"]) == (31.404, 121.488, "youyilu")
    assert case["contact"] == "王小明 13800000000"
    assert case["citizen"]["name"] == "演示客户端"
    answers = {each["code"]: each["answers"] for each in case["attributes"]}
    assert answers == {
        "DEPTH": ["到膝盖"],
        "AFFECTS": ["行人", "车辆"],
        "SINCE": ["2026-11-26"],
        "media_url": [picture],
    }


def test_a_batch_service_answers_with_a_token(client: Client) -> None:
    (filed,) = validate(client.post("xml", service_code="schooladmission", **WHERE), "filed_token", "xml")
    (found,) = validate(client.get(f"tokens/{filed['token']}.xml"), "token", "xml")
    assert found["token"] == filed["token"]
    assert client.reads(found["service_request_id"])["service_code"] == "schooladmission"
    assert client.get(f"tokens/{filed['token']}.json", TEST).status_code == 404


def test_a_description_is_no_duty(client: Client) -> None:
    number = client.files(description="")
    assert client.reads(number, api_key=KEY)["description"] == "窨井盖缺损（没有写说明）"


def test_a_place_is_an_address_or_an_id_that_we_gave_out(client: Client) -> None:
    nowhere = {"lat": "", "long": ""}
    number = client.files(address_string="友谊路 1 号", **nowhere)
    assert client.reads(number, api_key=KEY)["address"] == "友谊路 1 号"
    town = client.reads(client.files())["address_id"]
    again = client.reads(client.files(address_id=town, **nowhere))
    assert (town, again["address_id"]) == ("youyilu", "youyilu")


def test_outside_the_district_is_told_and_not_refused(client: Client) -> None:
    answer = client.post(service_code="manhole", lat="39.9", long="116.4")
    (filed,) = validate(answer, "filed", "json")
    assert "宝山区以外" in filed["service_notice"]
    shown = client.reads(filed["service_request_id"])
    assert (shown["address_id"], shown["lat"]) == (None, None)


def test_what_a_service_does_not_ask_is_passed_over_and_told(client: Client) -> None:
    answer = client.post(service_code="manhole", **WHERE, **{"attribute[title]": "x", "unknown": "y"})
    assert "没有采用" in validate(answer, "filed", "json")[0]["service_notice"]


def test_fields_in_the_address_and_multipart_forms_are_taken_too(client: Client) -> None:
    url = f"{client.url}{LIVE}/requests.json"
    given = {"service_code": "manhole", "api_key": KEY} | WHERE
    validate(requests.post(url, params=given, timeout=30), "filed", "json")
    parts = {name: (None, text) for name, text in given.items()}
    validate(requests.post(url, files=parts, timeout=30), "filed", "json")
    with_file = parts | {"media": ("p.jpg", b"...", "image/jpeg")}
    (error,) = validate(requests.post(url, files=with_file, timeout=30), "errors", "json", 400)
    assert "media_url" in error["description"]


def test_a_repeated_request_with_the_clients_mark_is_filed_once(client: Client, stranger: Client) -> None:
    mark = {"Idempotency-Key": uuid.uuid4().hex}
    given = {"service_code": "manhole", "description": "重发"} | WHERE
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post("xml", headers=mark, **given), range(4)))
    assert len({validate(answer, "filed", "xml")[0]["service_request_id"] for answer in answers}) == 1
    validate(client.post("xml", headers=mark, **given | {"description": "别的"}), "errors", "xml", 400)
    other = validate(stranger.post(headers=mark, **given), "filed", "json")
    assert other[0]["service_request_id"] != validate(answers[0], "filed", "xml")[0]["service_request_id"]
    assert client.files(**given) != client.files(**given), "without a mark each is one of its own"


# ── what the house does shows ──


def test_a_request_is_followed_to_its_end(server: Server, client: Client) -> None:
    number = client.files(service_code="trees")
    dispatcher, staff = server.staff("dispatcher"), server.staff("staff2")
    dispatcher.does("POST", f"/desk/requests/{number}/assign", {"office": "greening", "text": "内部：请照顾"})
    staff.does("POST", f"/desk/requests/{number}/take")
    staff.does("POST", f"/desk/requests/{number}/reply", {"text": "王阿姨家门口的树已修剪"})
    public, own = client.reads(number), client.reads(number, api_key=KEY)
    assert (public["status"], public["status_notes"]) == ("open", "已答复，等待市民确认")
    assert own["status_notes"] == "王阿姨家门口的树已修剪"
    assert public["agency_responsible"] == own["agency_responsible"] != ""
    assert public["expected_datetime"] is not None
    staff.does("POST", f"/desk/requests/{number}/resolve", {"text": "现场复核"})
    closed = client.reads(number)
    assert (closed["status"], closed["status_notes"]) == ("closed", "已办结")
    assert closed["updated_datetime"] >= closed["requested_datetime"]
    found = validate(client.get("requests.xml", status="closed", service_code="trees"), "requests", "xml")
    assert number in {each["service_request_id"] for each in found}


def leaks(answer: requests.Response) -> bool:
    return any(word in answer.text for word in ("王阿姨", "13912345678", "302 室", "secret.example", "31.40412"))


def test_strangers_read_nothing_that_a_citizen_wrote(client: Client, stranger: Client) -> None:
    given = {"address_string": "友谊路 1 弄 302 室", "lat": "31.404121", "media_url": "https://secret.example/1.jpg"}
    numbers = {base: client.files(base, phone="13912345678", last_name="王阿姨", **given) for base in (LIVE, TEST)}
    for base, number in numbers.items():
        for params in ({}, {"api_key": stranger.key}):
            for form in FORMS:
                assert not leaks(client.get(f"requests/{number}.{form}", base, **params))
                assert not leaks(client.get(f"requests.{form}", base, **params))
                assert not leaks(client.get(f"requests.{form}", base, service_request_id=number, **params))
        shown, own = client.reads(number, base), client.reads(number, base, api_key=KEY)
        assert (shown["description"], shown["address"]) == (None, "友谊路街道，上海市宝山区")
        assert own["description"] == SECRET_WORDS
        assert "no-store" in client.get(f"requests/{number}.json", base, api_key=KEY).headers["Cache-Control"]


def test_what_was_filed_here_is_read_by_strangers_when_its_public_version_is_approved(
    server: Server, client: Client, stranger: Client
) -> None:
    number = client.files(description="我叫李建国，电话13800210909，井盖一踩就响。")
    desk = server.staff("dispatcher")
    waiting = desk.does("GET", "/desk/twins")["items"]
    (twin,) = (each["id"] for each in waiting if each["request"]["id"] == number)
    assert stranger.reads(number)["description"] is None
    desk.does("POST", f"/desk/twins/{twin}/approve")
    shown = stranger.reads(number)["description"]
    assert "一踩就响" in shown
    assert "李建国" not in shown
    assert "13800210909" not in shown


@pytest.mark.parametrize("key", ["", KEY])
def test_what_a_citizen_told_the_house_alone_is_not_even_listed(server: Server, client: Client, key: str) -> None:
    form = {"service": "manhole", "title": "井盖", "text": SECRET_WORDS, "address": "302 室", "town": "gucun"}
    case = server.citizen().does("POST", "/requests", form | {"lat": 31.40412, "lon": 121.4})
    validate(client.get(f"requests/{case['id']}.json", api_key=key), "errors", "json", 404)
    assert numbers(client.get("requests.json", service_request_id=case["id"], api_key=key)) == []
    assert case["id"] not in client.get("requests.xml", api_key=key).text


# ── the test endpoint ──


def test_a_sample_reaches_no_desk_and_no_number_of_the_house(server: Server, client: Client) -> None:
    number = client.files(TEST)
    assert "测试端点" in client.post(base=TEST, service_code="manhole", **WHERE).json()[0]["service_notice"]
    assert server.staff("dispatcher").get(f"/desk/requests/{number}").status_code == 404
    assert client.get(f"requests/{number}.json").status_code == 404
    assert number in client.get("requests.json", TEST).text
    assert number not in client.get("requests.json").text
    real = client.files()
    assert client.get(f"requests/{real}.json", TEST).status_code == 404
    assert client.get("requests.json", TEST, status="closed").json() == []
    found = client.get("requests.json", TEST, status="open", service_code="manhole,noise", page_size=1).json()
    assert len(found) == 1


# ── searching ──


def numbers(answer: requests.Response) -> list[str]:
    return [str(each["service_request_id"]) for each in validate(answer, "requests", "json")]


def test_requests_are_found_by_their_numbers_whatever_else_is_asked(client: Client) -> None:
    three = [client.files() for _ in range(3)]
    asked = ",".join([*three, "no-such", "", "'\x00", three[0]])
    found = client.get("requests.json", service_request_id=asked, status="closed", start_date="x", service_code="y")
    assert numbers(found) == three[::-1], "newest first"
    twice = client.get("requests.json", service_request_id=three[:2])
    assert numbers(twice) == three[1::-1]
    assert numbers(client.get("requests.json", service_request_id="'\x00")) == []


def test_requests_are_found_by_service_status_and_dates(client: Client) -> None:
    manhole, trees = client.files(), client.files(service_code="trees")
    assert manhole in numbers(client.get("requests.json", service_code="manhole"))
    assert trees not in numbers(client.get("requests.json", service_code="manhole"))
    both = numbers(client.get("requests.json", service_code=["manhole", "trees,noise"]))
    assert {manhole, trees} <= set(both)
    assert manhole not in numbers(client.get("requests.json", status="closed"))
    assert manhole in numbers(client.get("requests.json", status="open,closed"))
    assert numbers(client.get("requests.json", service_code="no-such")) == []
    at = client.reads(manhole)["requested_datetime"]
    assert manhole in numbers(client.get("requests.json", start_date=at, end_date=at)), "the bounds belong to it"
    before = (datetime.fromisoformat(at) - timedelta(seconds=1)).isoformat()
    assert manhole not in numbers(client.get("requests.json", end_date=before))
    assert manhole in numbers(client.get("requests.json", start_date=before))
    after = (datetime.fromisoformat(at) + timedelta(seconds=1)).isoformat()
    assert manhole not in numbers(client.get("requests.json", start_date=after))


def test_lists_are_newest_first_and_can_be_paged(client: Client) -> None:
    three = [client.files() for _ in range(3)]
    found = client.get("requests.json").json()
    moments = [each["requested_datetime"] for each in found]
    assert moments == sorted(moments, reverse=True)
    asked = {"service_request_id": ",".join(three), "page_size": 2}
    assert numbers(client.get("requests.json", **asked)) == three[:0:-1]
    assert numbers(client.get("requests.json", page=2, **asked)) == three[:1]


def test_what_is_older_than_90_days_has_to_be_asked_for(server: Server, client: Client) -> None:
    number = client.files()
    old = datetime.now(UTC) - timedelta(days=91)
    run(server, "UPDATE service_request SET created_at = :at WHERE id = :id", at=old, id=number)
    assert number not in numbers(client.get("requests.json"))
    day = (old - timedelta(hours=1)).isoformat(timespec="seconds")
    assert number in numbers(client.get("requests.json", start_date=day))
    assert client.reads(number)["service_request_id"] == number


def test_no_more_than_a_thousand_are_given(server: Server, client: Client) -> None:
    number = client.files(service_code="river")
    names = "ver, citizen_id, service_id, title, text, media, state, supervised, returns, created_at, updated_at"
    copy = f"INSERT INTO service_request (id, code, {names}) SELECT :new, :code, {names}"
    rows = [{"new": f"0{uuid.uuid4().hex}", "code": f"C-{count}", "id": number} for count in range(1005)]
    run_many(server, f"{copy} FROM service_request WHERE id = :id", rows)
    kept = "key_id, person, notice, body_hash, at"
    filing = f"INSERT INTO open311_filing (id, request_id, {kept}) SELECT :new, :new, {kept} FROM open311_filing"
    run_many(server, f"{filing} WHERE request_id = :id", [{"new": row["new"], "id": number} for row in rows])
    found = numbers(client.get("requests.json", service_code="river"))
    assert len(found) == 1000
    assert len(numbers(client.get("requests.json", service_code="river", page=2))) >= 6
    for table in ("open311_filing", "service_request"):
        run_many(server, f"DELETE FROM {table} WHERE id = :new", [{"new": row["new"]} for row in rows])


# ── refusals ──


def no_key(**more: str) -> dict[str, str]:
    return {"api_key": "", "service_code": "manhole"} | WHERE | more


OLD = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}
REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "nowhere", {}, 404, "地址"),
    ("GET", "services", {"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
    ("GET", "services/no-such", {}, 404, "service_code"),
    ("GET", "services/manhole", {"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
    ("GET", "services/a/b", {}, 404, "地址"),
    ("GET", "requests", {"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
    ("GET", "requests", {"status": "done"}, 400, "status"),
    ("GET", "requests", {"start_date": "yesterday"}, 400, "start_date"),
    ("GET", "requests", {"end_date": "2026-02-30"}, 400, "end_date"),
    ("GET", "requests", OLD, 400, "90 天"),
    ("GET", "requests", {"start_date": "2026-01-02", "end_date": "2026-01-01"}, 400, "end_date"),
    ("GET", "requests", {"page": "0"}, 400, "page"),
    ("GET", "requests", {"page_size": "many"}, 400, "page_size"),
    ("GET", "requests", {"api_key": "wrong"}, 403, "api_key"),
    ("GET", "requests", {f"p{number}": "1" for number in range(201)}, 400, "200"),
    ("GET", "requests/no-such", {}, 404, "service_request_id"),
    ("GET", "requests/no-such", {"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
    ("GET", "requests/no-such", {"api_key": "wrong"}, 403, "api_key"),
    ("GET", "tokens/no-such", {}, 404, "token"),
    ("GET", "tokens/no-such", {"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
    ("POST", "requests", no_key(), 403, "api_key"),
    ("POST", "requests", no_key(api_key="wrong"), 403, "api_key"),
    ("POST", "requests", no_key(api_key=KEY, jurisdiction_id="elsewhere.gov"), 404, "jurisdiction_id"),
    ("POST", "requests", no_key(api_key=KEY, service_code=""), 400, "service_code"),
    ("POST", "requests", no_key(api_key=KEY, service_code="no-such"), 404, "service_code"),
    ("POST", "requests", no_key(api_key=KEY, lat="", long=""), 400, "lat 和 long"),
    ("POST", "requests", no_key(api_key=KEY, lat=""), 400, "lat"),
    ("POST", "requests", no_key(api_key=KEY, lat="north"), 400, "lat"),
    ("POST", "requests", no_key(api_key=KEY, long="181"), 400, "long"),
    ("POST", "requests", no_key(api_key=KEY, lat="", long="", address_id="no-such"), 400, "address_id"),
    ("POST", "requests", no_key(api_key=KEY, description="长" * 4001), 400, "description"),
    ("POST", "requests", no_key(api_key=KEY, description="\x00"), 400, "description"),
    ("POST", "requests", no_key(api_key=KEY, media_url="ftp://x"), 400, "media_url"),
    ("POST", "requests", no_key(api_key=KEY, service_code="streetlight"), 400, "attribute[FAULT]"),
    ("POST", "requests", no_key(api_key=KEY, service_code="streetlight", **{"attribute[FAULT]": "x"}), 400, "FAULT"),
    ("POST", "requests", no_key(api_key=KEY, description="长" * 300_000), 413, "太大"),
    ("POST", "services", {}, 405, "操作"),
    ("DELETE", "requests/no-such", {}, 405, "操作"),
    ("PUT", "requests", {}, 405, "操作"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("base", [LIVE, TEST])
@pytest.mark.parametrize(
    ("method", "path", "params", "status", "words"), REFUSED, ids=[f"{row[0]}-{row[1]}-{row[3]}" for row in REFUSED]
)
def test_refusals_are_the_standards(
    client: Client, base: str, form: str, method: str, path: str, params: dict[str, Any], status: int, words: str
) -> None:
    sent = {"params": params} if method == "GET" else {"data": params}
    answer = requests.request(method, f"{client.url}{base}/{path}.{form}", timeout=30, **sent)
    errors = validate(answer, "errors", form, status)
    assert any(words in each["description"] for each in errors), errors
    assert {str(each["code"]) for each in errors} == {str(status)}


@pytest.mark.parametrize(
    "path",
    [
        *("/open311/", "/open311/v2", "/open311/v2/", "/open311/v2/services", "/open311/v2/services.html"),
        *("/open311/v2//services.xml", "/open311/v3/services.xml", "/open311/v2/services.XML", "/open311/v2/%00.xml"),
        *("/open311/v2/requests/..%2f..%2fetc.xml", "/open311/v2/services/%E8%B7%AF.xml", "/open311/v2/services.xml/"),
    ],
)
def test_an_unknown_address_is_refused_in_xml(client: Client, path: str) -> None:
    answer = requests.get(client.url + path, timeout=30, allow_redirects=False)
    validate(answer, "errors", "xml", 404)


def test_bodies_that_are_no_forms_are_refused(client: Client) -> None:
    url = f"{client.url}{LIVE}/requests.json"
    for body, kind in (
        (b'{"api_key": "demo-open311"}', "application/json"),
        (b"service_code=%FF%FE", "application/x-www-form-urlencoded"),
        (b"service_code=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(300)), "application/x-www-form-urlencoded"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
    ):
        answer = requests.post(url, data=body, headers={"Content-Type": kind}, timeout=30)
        expected = 403 if kind.startswith("multipart") else 400
        validate(answer, "errors", "json", expected)
    answer = requests.get(f"{client.url}{LIVE}/requests.json?status=%FF", timeout=30)
    validate(answer, "errors", "json", 400)
    marked = client.post(headers={"Idempotency-Key": "x" * 129}, service_code="manhole", **WHERE)
    validate(marked, "errors", "json", 400)


# ── keys ──


def test_a_client_files_no_more_than_its_quota(server: Server) -> None:
    secret = key_of(server, "小客户端", per_minute=100, per_day=2)
    small = Client(server.url, secret)
    small.files()
    validate(small.post(service_code="manhole", lat="x", long="y"), "errors", "json", 400)
    small.files()
    refused = small.post("xml", service_code="manhole", **WHERE)
    (error,) = validate(refused, "errors", "xml", 429)
    assert "明天再试" in error["description"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 86_401
    validate(small.get("requests.xml", api_key=secret), "requests", "xml")


def test_a_client_files_no_faster_than_its_rate(server: Server) -> None:
    secret = key_of(server, "慢客户端", per_minute=1)
    slow = Client(server.url, secret)
    answers = [slow.post(service_code="manhole", **WHERE) for _ in range(3)]
    refused = [answer for answer in answers if answer.status_code == 429]
    # The minute may turn once on the way.
    assert len(refused) >= 1
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 61


def test_a_key_is_made_listed_and_revoked_by_commands_and_only_its_hash_is_kept(server: Server) -> None:
    made, secret = server.flask("open311", "key", "旧客户端", "--per-day", "10").stdout.split()
    old = Client(server.url, secret)
    number = old.files()
    (row,) = run(server, "SELECT * FROM open311_key WHERE id = :id", id=made)
    listed = server.flask("open311", "keys").stdout
    assert "1/10" in listed
    assert secret not in listed + str(row)
    server.flask("open311", "revoke", made)
    validate(old.post(service_code="manhole", **WHERE), "errors", "json", 403)
    validate(old.get("requests.json", api_key=secret), "errors", "json", 403)
    assert old.reads(number)["description"] is None, "what was filed stays"


# ── a client of the trade ──


@pytest.mark.parametrize("form", FORMS)
def test_a_client_from_the_registry_reads_us_without_a_special_case(client: Client, form: str) -> None:
    number = client.files()
    theirs = georeport.GeoReport(client.url + LIVE, jurisdiction="shbsq.gov.cn", output_format=form)
    codes = [each["service_code"] for each in theirs.get_service_list()]
    assert "manhole" in codes
    definition = theirs.get_service_definition("waterlogging")
    assert definition["service_code"] == "waterlogging"
    assert theirs.get_service_request(number)["service_request_id"] == number
    start = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = theirs.get_service_requests(service_code="manhole", status="open", start_date=start)
    assert number in {each["service_request_id"] for each in found}
    with pytest.raises(requests.HTTPError, match="404"):
        theirs.get_service_definition("no-such")


# ── anything at all ──


WORDS = st.text(max_size=30) | st.sampled_from(
    ["", "open", "manhole", "2026-11-01", "2026-11-01T00:00:00Z", "31.4", "121.4", "-1", "1e9", KEY, "shbsq.gov.cn"]
)
NAMES = st.sampled_from(
    [
        *("api_key", "jurisdiction_id", "service_code", "lat", "long", "address_string", "address_id", "email"),
        *("description", "media_url", "account_id", "attribute[FAULT]", "attribute[A][]", "service_request_id"),
        *("start_date", "end_date", "status", "page", "page_size"),
    ]
) | st.text(max_size=12)
PARAMS = st.lists(st.tuples(NAMES, WORDS), max_size=8)
PATHS = st.sampled_from(["services", "services/streetlight", "requests", "requests/x", "tokens/x", "discovery"])
ANSWERS = {
    "services": "services",
    "services/streetlight": "definition",
    "requests": "requests",
    "discovery": "discovery",
}


@settings(max_examples=150)
@given(path=PATHS, form=st.sampled_from(FORMS), params=PARAMS)
def test_any_question_is_answered_or_refused_as_the_standard_says(
    server: Server, path: str, form: str, params: list[tuple[str, str]]
) -> None:
    answer = requests.get(f"{server.url}{LIVE}/{path}.{form}", params=encoded(params), timeout=30)
    if answer.status_code == 200:
        validate(answer, ANSWERS[path], form)
    else:
        assert answer.status_code in {400, 403, 404}
        validate(answer, "errors", form, answer.status_code)


@settings(max_examples=150)
@given(form=st.sampled_from(FORMS), params=PARAMS, keyed=st.booleans(), coded=st.booleans())
def test_any_report_is_filed_or_refused_as_the_standard_says(
    server: Server, form: str, params: list[tuple[str, str]], *, keyed: bool, coded: bool
) -> None:
    # Samples, so that no desk is filled with them.
    fixed = [("api_key", KEY)] * keyed + [("service_code", "manhole"), *WHERE.items()] * coded
    answer = requests.post(f"{server.url}{TEST}/requests.{form}", data=encoded(fixed + params), timeout=30)
    if answer.status_code == 200:
        validate(answer, "filed", form)
    else:
        assert answer.status_code in {400, 403, 404, 429}
        validate(answer, "errors", form, answer.status_code)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "WHATEVER"]),
    parts=st.lists(
        st.sampled_from(["v2", "test", "services", "requests", "tokens", "discovery", ".xml", ".json", "", "..", "x"])
        | st.text(max_size=6),
        max_size=6,
    ),
)
def test_any_address_is_answered_or_refused_as_the_standard_says(server: Server, method: str, parts: list[str]) -> None:
    path = "/".join(quote(part.encode("utf-8", "surrogatepass"), safe=".") for part in parts)
    # Not through the library's own tidying of addresses.
    status, kind, body = raw_call(server, method, f"/open311/{path.replace('/.', '.')}")
    assert status < 500
    assert kind.split(";")[0] in {"text/xml", "application/json"}
    assert b"<html" not in body.lower()


def raw_call(server: Server, method: str, path: str) -> tuple[int, str, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"] or "", answer.read()
    finally:
        connection.close()


def encoded(params: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Lone surrogates go as bytes that are no UTF-8."""
    return [(name.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass")) for name, text in params]
