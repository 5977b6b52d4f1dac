"""Loading the demo district: everything in one transaction, through the same actions as in daily work."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from backend.accounts import roster
from backend.accounts.actions import place_me
from backend.accounts.models import Account
from backend.accounts.passwords import hash_known_password
from backend.blocks import media_ids
from backend.catalogue import actions as catalogue
from backend.catalogue.models import CatalogueEntry
from backend.catalogue.rules import ITEM, WINDOW
from backend.clock import SHANGHAI
from backend.district.models import Desk, Office, Section, Town, Unit
from backend.ids import new_id
from backend.media.actions import import_media
from backend.media.store import MediaStore
from backend.newsroom import desk as newsroom
from backend.newsroom.editing import actions as editing
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.packages import actions as renditions
from backend.newsroom.editing.packages import generation
from backend.newsroom.editing.packages.queries import renditions_of
from backend.newsroom.editing.rules import is_strict
from backend.newsroom.examination import actions as examination
from backend.newsroom.examination.checks import current_report, of_level
from backend.newsroom.examination.targets import Target
from backend.newsroom.interview import actions as interview
from backend.notices import actions as notices
from backend.notices import explanations
from backend.notices.models import Notice
from backend.notices.works import actions as works
from backend.open311.keys import make_key
from backend.oversight.board import noting
from backend.oversight.monitoring import opinion_rules, opinions, places
from backend.policy import Actor, Grant, Role
from backend.publishing.newspaper import actions as paper
from backend.publishing.newspaper import printing
from backend.requests import actions as requests
from backend.requests import desk as service_desk
from backend.requests import handling
from backend.requests.behalf import actions as behalf
from backend.requests.models import Service, ServiceRequest
from backend.requests.twins import actions as twins
from backend.requests.twins.models import Twin
from backend.routing.actions import put_words
from backend.routing.dictionary import read_words
from backend.unit_of_work import Database, UnitOfWork
from demo.comments import load_comments
from demo.lives import Newsroom, load_live
from demo.pictures import PICTURES, draw
from demo.specials import load_special
from demo.taking_part import load_taking_part
from demo.usage import Read, load_usage
from demo.warnings import load_warnings

DATA = Path(__file__).parent / "data"
_LAYOUT_AT = time(18, 30)
Say = Callable[[str], None]
# Who takes which step: the least staff that the normal policy needs, and the six of the strict one.
_EXAMINERS = (
    ("P1", "editor2", "proof"),
    ("R1", "editor2", "editor2"),
    ("P2", "head", "proof2"),
    ("R2", "head", "head"),
    ("P3", "chief", "proof3"),
    ("R3", "chief", "chief"),
)


def load_if_empty(database: Database, store: MediaStore, say: Say) -> None:
    """Load the district into a database without accounts; do nothing to any other."""
    with database.reading() as session:
        if session.scalar(sa.select(sa.func.count()).select_from(Account)):
            return
    say("正在载入演示区 loading the demo district …")
    passwords = {
        person["username"]: hash_known_password(f"demo-{person['username']}") for person in _data("people")["person"]
    }
    # A database object of its own has no hooks but the board's: nobody is rung for what happened last week.
    quiet = Database(database.engine, database.clock)
    noting.install(quiet)
    with quiet.unit() as unit:
        _Loader(unit, store, passwords).load()
    database.wake()
    say("演示区已载入 loaded")


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


class _Loader:
    """One load. `people` maps user names, and phones of citizens, to the actors they are."""

    def __init__(self, unit: UnitOfWork, store: MediaStore, passwords: dict[str, str]) -> None:
        self._unit, self._store, self._passwords = unit, store, passwords
        self._today = unit.now
        self._people: dict[str, Actor] = {}
        self._pictures: dict[str, str] = {}
        self._stories: dict[str, Story] = {}
        self._notices: dict[str, str] = {}
        self._entries: dict[str, str] = {}

    def load(self) -> None:
        """Load all, reference data first, then what happened, oldest first."""
        with self._as(self._unit.actor, self._today - timedelta(days=60)):
            self._reference()
            self._staff()
            self._citizens()
            for trust in _data("people")["trust"]:
                self._trust(trust)
        self._catalogue(_data("catalogue"))
        for article in sorted(_data("articles")["article"], key=self._moment):
            self._article(article)
        room = Newsroom(self._unit, self._people, self._as, self._picture, lambda slug: self._stories[slug].id)
        for row in _data("lives")["live"]:
            load_live(room, row)
        for row in _data("specials")["special"]:
            load_special(room, row)
        self._paper(_data("paper"))
        for notice in sorted(_data("notices")["notice"], key=self._moment):
            self._notice(notice)
        load_warnings(self._unit, _data("alerts")["alert"], self._clerks, self._as)
        for row in _data("explanations")["explanation"]:
            self._explanation(row)
        for row in _data("works")["work"]:
            self._work(row)
        for case in sorted(_data("cases")["case"], key=self._moment):
            self._case(case)
        load_taking_part(self._unit, _data("taking_part"), self._people, self._clerks, self._as)
        self._opinions(_data("opinions"))
        stories = {slug: story.id for slug, story in self._stories.items()}
        load_comments(self._unit, _data("comments"), self._people, stories, self._as)
        articles = [Read(each.id, each.section, each.towns) for each in self._stories.values()]
        load_usage(self._unit, articles)

    @contextmanager
    def _as(self, actor: Actor, moment: datetime) -> Iterator[None]:
        """Let what follows be done by somebody at some time."""
        before = self._unit.actor, self._unit.now
        self._unit.actor, self._unit.now = actor, moment
        yield
        self._unit.session.flush()
        self._unit.actor, self._unit.now = before

    def _moment(self, row: dict[str, Any]) -> datetime:
        if "published_at" in row:
            return datetime.fromisoformat(row["published_at"])
        day = self._today.astimezone(SHANGHAI).date() - timedelta(days=row["days_ago"])
        moment = datetime.combine(day, time.fromisoformat(row["at"]), SHANGHAI)
        # A demo started before breakfast has no news of this morning yet: it came a little earlier instead.
        return moment if row["days_ago"] < 0 else min(moment, self._today - timedelta(minutes=5))

    def _reference(self) -> None:
        add = self._unit.session.add_all
        add(Section(**row) for row in _data("sections")["section"])
        add(Town(**row) for row in _data("towns")["town"])
        add(Office(id=row["id"], name=row["name"], name_en=row["name_en"]) for row in _data("offices")["office"])
        add(Unit(**row) for row in _data("units")["unit"])
        self._unit.session.flush()
        add(Desk(**row) for row in _data("desks")["desk"])
        self._unit.session.flush()
        for position, row in enumerate(_data("services")["service"], 1):
            office = row.pop("office")
            attributes = row.pop("attribute", [])
            changed = {"attributes": attributes, "changed_at": self._unit.now}
            self._unit.session.add(Service(position=position, office_id=office, **changed, **row))
        self._unit.session.flush()
        for row in _data("services")["client"]:
            make_key(self._unit, **row, demo=True)
        put_words(self._unit.session, read_words(_data("routing")))

    def _staff(self) -> None:
        for row in _data("people")["person"]:
            account = roster.create_staff(
                self._unit,
                username=row["username"],
                name=row["name"],
                password_hash=self._passwords[row["username"]],
                title=row["title"],
                media_unit=row.get("unit"),
                skills=row.get("skills", ()),
                demo=True,
            )
            place = {"desk": row.get("desk"), "office": row.get("office")}
            roster.grant_role(self._unit, account_id=account.id, role=Role(row["role"]), **place)
            self._people[row["username"]] = Actor(account.id, "staff", (Grant(Role(row["role"]), **place),))

    def _citizens(self) -> None:
        for row in _data("people")["citizen"]:
            account = Account(
                id=new_id(),
                kind="citizen",
                ver=1,
                name=row["name"],
                phone=row["phone"],
                town=row["town"],
                locale="zh-CN",
                demo=True,
                created_at=self._unit.now,
            )
            self._unit.session.add(account)
            self._unit.session.flush()
            self._unit.record("account.created", account.id, 1, kind="citizen")
            place_me(self._unit, account)
            self._people[row["phone"]] = Actor(account.id, "citizen")

    def _picture(self, name: str) -> str:
        if name not in self._pictures:
            if name not in PICTURES:
                raise KeyError(name)
            self._pictures[name] = import_media(self._unit, self._store, draw(name)).id
            self._as_material(self._pictures[name], name)
        return self._pictures[name]

    def _as_material(self, media: str, name: str) -> None:
        """Enter a drawn picture as what it is: the centre's own work, checked by a colleague."""
        rights = {"owner": "宝山区融媒体中心", "licence": "own"}
        material = interview.enter_material(self._unit, media=media, title=f"插画 {name}", rights=rights)
        with self._as(self._people["head"], self._unit.now):
            interview.check_material(self._unit, material.id)
            interview.approve_material(self._unit, material.id)

    def _article(self, row: dict[str, Any]) -> None:
        at = self._moment(row)
        with self._as(self._people["editor"], at - timedelta(minutes=40)):
            blocks = [block for given in row["block"] for block in self._blocks(given)]
            form = {name: row[name] for name in ("headline", "summary", "section", "towns", "priority", "byline")}
            sources = [source | {"verified": True} for source in row["sources"]]
            form |= {"class_": row["class"], "sources": sources, "body": blocks, "translations": _english(row)}
            story = editing.create_story(self._unit, form)
            newsroom.submit_story(self._unit, story.id)
        self._examine(story, at)
        with self._as(self._people["chief"], at):
            newsroom.publish_story(self._unit, story.id)
        self._stories[row["slug"]] = story

    def _examine(self, story: Story, until: datetime) -> None:
        """Take the six steps, as they were taken then: three people, or six for what is political."""
        strict = is_strict(story.class_, story.sensitivity)
        for number, (step, name, other) in enumerate(_EXAMINERS):
            moment = until - timedelta(minutes=36 - 6 * number)
            with self._as(self._people[other if strict else name], moment):
                examination.claim_step(self._unit, str(story.exam_id), step)
            with self._as(self._people[other if strict else name], moment + timedelta(minutes=4)):
                report = current_report(self._unit, Target("story", story.id, story))
                kept = [
                    {"id": finding["id"], "resolution": "kept", "reason": "已与提供单位核对，保留原文。"}
                    for finding in of_level(report, "warn")
                ]
                form = {"hash": story.content_hash, "read_ms": 180_000, "findings": kept}
                examination.pass_step(self._unit, str(story.exam_id), step, form)

    def _blocks(self, block: dict[str, Any]) -> list[dict[str, Any]]:
        if block["type"] == "text":
            return [{"type": "text", "text": part} for part in _paragraphs(block["text"])]
        if block["type"] == "service_card":
            return [{"type": "service_card", "item": self._entries[block["item"]]}]
        if block["type"] == "image":
            media = self._picture(block["picture"])
            return [{"type": "image", "media": media, "caption": block["caption"], "alt": block["alt"]}]
        return [block | {"text": block["text"].strip()}]

    def _paper(self, plan: dict[str, Any]) -> None:
        """Lay out, sign and print yesterday's newspaper, by the people whose it is."""
        evening = datetime.combine(self._today.astimezone(SHANGHAI).date() - timedelta(days=1), _LAYOUT_AT, SHANGHAI)
        day = evening.date().isoformat()
        layout, duty = self._people["layout"], self._people["duty"]
        with self._as(layout, evening):
            deadline = evening + timedelta(hours=3)
            form = {"date": day, "press_deadline": deadline, "template": plan["template"], "editor": plan["editor"]}
            issue = paper.create_issue(self._unit, **form)
        for slot in plan["slot"]:
            story = self._stories[slot["article"]]
            with self._as(self._people["editor"], evening):
                rendition = self._page_slot(story, slot, evening.date())
            with self._as(layout, evening):
                picture = story.cover or next(iter(media_ids(story.body)), None) if slot["picture"] else None
                paper.place_rendition(self._unit, issue.id, 1, slot["no"], rendition=rendition, picture=picture)
        with self._as(layout, evening + timedelta(hours=1)):
            paper.proof_issue(self._unit, issue.id)
        with self._as(duty, evening + timedelta(hours=2)):
            printing.sign_issue(self._unit, issue.id)
        with self._as(layout, evening + timedelta(hours=3)):
            printing.send_to_press(self._unit, issue.id)
            printing.note_printed(self._unit, issue.id)

    def _page_slot(self, story: Story, slot: dict[str, Any], day: date) -> str:
        """Make a story's rendition for its place on the page, and let it out; return its id."""
        place = {name: slot[name] for name in ("headline_width", "max_chars", "columns")}
        place |= {"issue_date": day, "page_no": 1, "slot_no": slot["no"]}
        package, _ = generation.generate_package(self._unit, story.id, page_slot=place)
        rows = renditions_of(self._unit.session, package.id)
        rendition = next(row for row in rows if row.kind == "page_slot")
        renditions.ready_rendition(self._unit, rendition.id)
        return renditions.clear_rendition(self._unit, rendition.id).id

    def _notice(self, row: dict[str, Any]) -> None:
        clerk, approver = self._clerks(row["office"])
        at = self._moment(row)
        dates: dict[str, Any] = {
            name: self._moment(row[name]) for name in ("effective_from", "effective_to") if name in row
        }
        with self._as(clerk, at - timedelta(hours=1)):
            notice = notices.draft_notice(
                self._unit,
                title=row["title"],
                body=row["text"].strip(),
                category=row["category"],
                office=row["office"],
                index_no=row["index_no"],
                doc_no=row["doc_no"],
                towns=row["towns"],
                services=[self._entries[slug] for slug in row.get("services", ())],
                **dates,
            )
        with self._as(approver, at):
            notices.publish_notice(self._unit, notice.id)
        self._notices[row["slug"]] = notice.id

    def _clerks(self, office: str) -> tuple[Actor, Actor]:
        """Give two people for an office: in the demo the same two stand in for all of them."""
        grants = (Grant(Role.OFFICE_CLERK, office=office),)
        clerk, approver = (Actor(self._people[name].id, "staff", grants) for name in ("office", "office2"))
        return clerk, approver

    def _explanation(self, row: dict[str, Any]) -> None:
        notice = self._unit.session.get_one(Notice, self._notices[row["notice"]])
        clerk, approver = self._clerks(notice.office_id)
        with self._as(clerk, notice.updated_at + timedelta(minutes=30)):
            explanations.explain_notice(self._unit, notice.id, text=row["text"].strip())
        with self._as(approver, notice.updated_at + timedelta(minutes=20)):
            explanations.publish_explanation(self._unit, notice.id)

    def _work(self, row: dict[str, Any]) -> None:
        clerk, approver = self._clerks(row["office"])
        form = {name: row[name] for name in ("office", "kind", "title", "place", "text", "towns", "services")}
        form |= row.get("circle", {})
        if "polygon" in row:
            form["polygon"] = [{"lat": lat, "lon": lon} for lat, lon in row["polygon"]]
        if "notice" in row:
            form["notice"] = self._notices[row["notice"]]
        with self._as(clerk, self._today - timedelta(hours=20)):
            work = works.draft_work(self._unit, **form, **self._period(row))
        with self._as(approver, self._today - timedelta(hours=19)):
            works.publish_work(self._unit, work.id)

    def _period(self, row: dict[str, Any]) -> dict[str, Any]:
        if "hours" not in row:
            return {"begins_at": self._moment(row["begins"]), "ends_at": self._moment(row["ends"])}
        hour = self._today.replace(minute=0, second=0, microsecond=0)
        begins, ends = (hour + timedelta(hours=row["hours"][name]) for name in ("from", "to"))
        return {"begins_at": begins, "ends_at": ends}

    def _catalogue(self, given: dict[str, Any]) -> None:
        """Put up windows, and then what is done there."""
        for kind in (WINDOW, ITEM):
            for row in given[kind]:
                self._entries[row["slug"]] = self._entry(kind, row).id

    def _entry(self, kind: str, row: dict[str, Any]) -> CatalogueEntry:
        form = {name: value for name, value in row.items() if name not in {"slug", "windows"}}
        form |= {"windows": [self._entries[slug] for slug in row["windows"]]} if kind == ITEM else {}
        for material in form.get("materials", []):
            material |= {"where": material.get("where"), "required": material.get("required", True)}
        clerk, approver = self._clerks(row["office"])
        with self._as(clerk, self._today - timedelta(days=40, hours=1)):
            entry = catalogue.draft_entry(self._unit, kind, **form)
        with self._as(approver, self._today - timedelta(days=40)):
            return catalogue.publish_entry(self._unit, kind, entry.id)

    def _case(self, row: dict[str, Any]) -> None:
        citizen = self._people[row["citizen"]]
        with self._as(citizen, self._moment(row)):
            media = [self._picture_of(citizen, row["picture"])] if "picture" in row else []
            names = ("service", "title", "text", "address", "lat", "lon", "town")
            given = {name: row[name] for name in names if name in row}
            if "on_behalf_of" in row:
                given["on_behalf_of"] = self._people[row["on_behalf_of"]].id
            case = requests.file_request(self._unit, **given, media=media)
        for step in row.get("step", []):
            by = citizen if step["by"] == "citizen" else self._people[step["by"]]
            with self._as(by, self._moment(step)):
                _take_step(self._unit, case.id, step)
        if case.state != row["state"]:
            raise ValueError(f"{row['slug']}: {case.state}")
        if "twin" in row:
            self._twin(citizen, case, approved=row["twin"] == "approved")

    def _twin(self, citizen: Actor, case: ServiceRequest, *, approved: bool) -> None:
        """Let a case have a public version, an hour after its last step."""
        at = min(case.updated_at + timedelta(hours=1), self._today)
        with self._as(citizen, at):
            requests.set_privacy(self._unit, case.id, privacy="public_twin")
        if approved:
            with self._as(self._people["dispatcher"], at):
                query = sa.select(Twin.id).where(Twin.request_id == case.id)
                twins.approve_twin(self._unit, self._unit.session.scalars(query).one(), None)

    def _trust(self, row: dict[str, Any]) -> None:
        """Let one citizen act for another."""
        with self._as(self._people[row["elder"]], self._unit.now):
            _, code = behalf.invite(self._unit, label=row["label"])
        with self._as(self._people[row["relative"]], self._unit.now):
            behalf.join(self._unit, code=code)

    def _opinions(self, given: dict[str, Any]) -> None:
        """Write the monitoring desk's rules, and take in what was said; each heat is so many minutes old."""
        with self._as(self._people["monitor"], self._today - timedelta(days=7)):
            for row in given["places"]:
                places.set_places(self._unit, row["town"], row["names"])
            for row in given["rule"]:
                opinion_rules.create_rule(self._unit, row)
        told = [(minutes, heat, row) for row in given["item"] for minutes, heat in row["heats"]]
        for minutes, heat, row in sorted(told, key=lambda each: -each[0]):
            item = {name: row[name] for name in ("source", "url", "text", "stance")}
            with self._as(self._people["monitor"], self._today - timedelta(minutes=minutes)):
                opinions.take_in(self._unit, [item | {"heat": heat}])

    def _picture_of(self, citizen: Actor, name: str) -> str:
        with self._as(citizen, self._unit.now):
            return import_media(self._unit, self._store, draw(name)).id


def _take_step(unit: UnitOfWork, case: str, step: dict[str, Any]) -> None:
    text: Any = step.get("text")
    by_citizen = step["by"] == "citizen"
    ways: dict[str, Callable[[], Any]] = {
        "accept": lambda: service_desk.accept_request(unit, case, text=text),
        "assign": lambda: service_desk.assign_request(unit, case, office=step["office"], text=text),
        "take": lambda: service_desk.take_request(unit, case, text=text),
        "return": lambda: service_desk.return_request(unit, case, reason=text),
        "reply": lambda: service_desk.reply_request(unit, case, text=text),
        "resolve": lambda: service_desk.resolve_request(unit, case, text=text),
        "supervise": lambda: service_desk.supervise_request(unit, case, text=text),
        "ask": lambda: handling.ask_citizen(unit, case, text=text),
        "join": lambda: handling.join_offices(unit, case, offices=step["offices"], text=text),
        "note": lambda: handling.note_request(unit, case, text=text),
        "message": lambda: (requests.send_message if by_citizen else service_desk.message_request)(
            unit, case, text=text
        ),
        "rate": lambda: requests.rate(unit, case, attitude=step["attitude"], result=step["result"], comment=text),
    }
    ways[step["action"]]()


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _english(row: dict[str, Any]) -> dict[str, Any]:
    english = row.get("en")
    if english is None:
        return {}
    return {"en": {"headline": english["headline"], "summary": english["summary"], "body": english["text"].strip()}}
