"""Text messages for citizens whom nothing else reaches, and e-mail for staff: who gets one, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.fcm import FakeFcm
from fakes.smtp import Mail
from scenario.examine import does
from scenario.people import Person
from tests.newsroom.outlets import Outlets, cleared, open_outlets
from tests.support.pushes import prefer, settle
from tests.support.server import Server, wait_until
from tests.support.vendors import SENDER, JPushPhone, Vendors
from tests.test_push_vendors import SECRET, breaking, desk, filed

QUESTION, ANSWER = "是哪一块井盖，秘密的问题", "修好了，秘密的回答"


@pytest.fixture(scope="module")
def vendors(vendor: FakeFcm) -> Iterator[Vendors]:
    made = Vendors(vendor)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def outlets(
    make_server: Callable[..., Server], vendors: Vendors, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outlets]:
    made = open_outlets(make_server, tmp_path_factory.mktemp("outlets"), **vendors.env())
    made.server.move_clock_to(10)
    # The partner looks at our timestamps.
    made.move_clock(0)
    yield made
    assert not (found := made.server.unexpected()), "\n".join(found)
    for outside in (made.wechat, made.weibo, made.partner):
        outside.stop()


@pytest.fixture(scope="module")
def house(outlets: Outlets) -> Server:
    return outlets.server


def texts_to(vendors: Vendors, citizen: Person) -> list[str]:
    """What a citizen was sent besides the codes they signed in with."""
    assert citizen.tokens is not None
    return [text for text in vendors.sms.texts_to(citizen.tokens["user"]["phone"]) if "验证码" not in text]


def taken(house: Server, citizen: Person) -> str:
    """File a case, and have an office begin with it."""
    case = filed(citizen)
    desk(house, "dispatcher", case, "assign", office="wateraffairs")
    desk(house, "staff", case, "take")
    return case


# ── citizens ──


def test_a_citizen_without_a_phone_gets_a_text_for_what_waits_for_them_and_for_nothing_else(
    house: Server, vendors: Vendors
) -> None:
    citizen = house.citizen()
    case = taken(house, citizen)
    breaking(house)
    settle(house)
    assert texts_to(vendors, citizen) == [], "that it was sent on and taken waits for nobody, and news is no text"
    desk(house, "staff", case, "ask", text=QUESTION)
    settle(house)
    assert len(texts_to(vendors, citizen)) == 1
    citizen.does("POST", f"/requests/{case}/messages", {"text": "第三块"})
    desk(house, "staff", case, "reply", text=ANSWER)
    settle(house)
    texts = texts_to(vendors, citizen)
    assert len(texts) == 2
    for text in texts:
        assert text.startswith("【宝山融媒】您的诉求有新进展")
        assert "12345" in text
        assert not any(word in text for word in (SECRET, "秘密", "井盖"))
    keys = [message["key"] for message in vendors.sms.messages() if message["text"] in texts]
    assert len(set(keys)) == len(keys)


def test_a_declined_request_is_told_by_text(house: Server, vendors: Vendors) -> None:
    citizen = house.citizen()
    reason = {"reason": "这是浦东的路，秘密的理由", "code": "other_district", "where": "浦东新区12345"}
    desk(house, "dispatcher", filed(citizen), "decline", **reason)
    settle(house)
    (text,) = texts_to(vendors, citizen)
    assert "秘密" not in text


def test_whoever_wants_no_texts_gets_none(house: Server, vendors: Vendors) -> None:
    citizen = house.citizen()
    prefer(citizen, sms=False)
    desk(house, "staff", taken(house, citizen), "ask", text=QUESTION)
    settle(house)
    assert texts_to(vendors, citizen) == []


def test_whoever_has_a_phone_that_rings_gets_no_text(house: Server, vendors: Vendors) -> None:
    citizen = house.citizen()
    phone = JPushPhone(vendors)
    phone.register(citizen)
    case = taken(house, citizen)
    desk(house, "staff", case, "ask", text=QUESTION)
    settle(house)
    assert texts_to(vendors, citizen) == []
    rung = len(phone.rings(case))
    assert rung >= 1
    phone.register(citizen, push_token=None)
    citizen.does("POST", f"/requests/{case}/messages", {"text": "第三块"})
    desk(house, "staff", case, "reply", text=ANSWER)
    settle(house)
    assert len(texts_to(vendors, citizen)) == 1, "an installation without an address rings nobody"
    assert len(phone.rings(case)) == rung


def test_a_gateway_that_is_down_for_a_while_sends_each_text_once(house: Server, vendors: Vendors) -> None:
    citizen = house.citizen()
    case = taken(house, citizen)
    settle(house)
    vendors.sms.rule(kind="lose", times=1)
    lost = vendors.sms.met()["lose"]
    desk(house, "staff", case, "ask", text=QUESTION)
    wait_until(lambda: vendors.sms.met()["lose"] > lost)
    repeated = vendors.sms.stats()["repeated"]

    def asked_again() -> bool:
        house.move_clock(20)
        return vendors.sms.stats()["repeated"] > repeated

    wait_until(asked_again, pause=0.3)
    settle(house)
    assert len(texts_to(vendors, citizen)) == 1, "the gateway knows the key of what it took before its answer was lost"


# ── staff ──


def mails_to(vendors: Vendors, address: str) -> list[Mail]:
    return [mail for mail in vendors.smtp.mails() if mail.recipients == (address,)]


def with_email(house: Server, username: str, address: str | None) -> Person:
    person = house.staff(username)
    answer = person.patch("/me", {"email": address}, person.does("GET", "/me")["ver"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["email"] == address
    return person


def fail(outlets: Outlets) -> dict[str, Any]:
    """Have a post refused that the channel's operator has queued, which also sounds an alarm for those on duty."""
    story, _ = cleared(outlets.server, "weibo_post")
    outlets.weibo.rule(path="/2/statuses/share.json", kind="refuse", status=400, errcode=20012, times=1)
    does(outlets.server.staff("channels"), "/kitchen/publications", {"story": story["id"]})
    failed = outlets.until(story["id"], "weibo", "failed")
    wait_until(lambda: failed["id"] in [alarm["about"]["id"] for alarm in outlets.alarms("publication_failed")])
    settle(outlets.server)
    return story


def test_staff_are_told_of_a_failure_and_an_alarm_by_mail(outlets: Outlets, vendors: Vendors) -> None:
    operator, duty = "operator@rongmei.example", "duty@rongmei.example"
    with_email(outlets.server, "channels", operator)
    with_email(outlets.server, "duty", duty)
    story = fail(outlets)
    subjects = [str(mail.message["Subject"]) for mail in mails_to(vendors, operator)]
    assert [subject for subject in subjects if subject.startswith("未发出｜") and story["headline"] in subject]
    assert [str(mail.message["Subject"]) for mail in mails_to(vendors, duty)] == ["指挥台告警"]
    (alarm,) = mails_to(vendors, duty)
    assert alarm.sender == SENDER
    assert alarm.text.strip()
    assert SECRET not in str(alarm.data)


def test_staff_who_want_no_mail_get_none(outlets: Outlets, vendors: Vendors) -> None:
    address = "silent@rongmei.example"
    person = with_email(outlets.server, "channels", address)
    prefer(person, email=False)
    fail(outlets)
    assert mails_to(vendors, address) == []
    prefer(person, email=True)
    with_email(outlets.server, "channels", None)
    fail(outlets)
    assert mails_to(vendors, address) == []


@pytest.mark.parametrize("address", ["zhang.san@mail.bsq.sh.gov.cn", "a@shbsq.gov.cn"])
def test_a_mailbox_of_any_office_is_taken(house: Server, address: str) -> None:
    with_email(house, "chief", address)
    with_email(house, "chief", None)


def test_a_mailbox_longer_than_what_holds_it_is_refused(house: Server) -> None:
    chief = house.staff("chief")
    address = f"{'a' * 60}@{'b' * 50}.gov.example"
    assert len(address) > 120
    answer = chief.patch("/me", {"email": address}, chief.does("GET", "/me")["ver"])
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["email"]


def test_a_citizen_has_no_mailbox_here(house: Server) -> None:
    citizen = house.citizen()
    ver = citizen.does("GET", "/me")["ver"]
    refused = citizen.patch("/me", {"email": "someone@example.org"}, ver)
    assert (refused.status_code, refused.json()["guard"]) == (409, "staff_email")
    assert citizen.does("GET", "/me")["email"] is None
