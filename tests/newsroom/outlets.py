"""What the tests of publishing share: vendors on the wire, a server that talks to them, and stories ready to go out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fakes import receiver, wechat, weibo
from scenario.examine import command, does, sign_off
from tests.media_files import photo
from tests.newsroom.kitchen import SOURCE, word
from tests.support.server import Server, wait_until

PAGE = {"issue_date": "2027-08-02", "page_no": 3, "slot_no": 1, "headline_width": 16, "max_chars": 54, "columns": 3}
RUNDOWN = {"show": "晚间新闻", "order": 3, "planned_seconds": 15}
BODY = "水务局昨夜抢修爆裂的水管，凌晨恢复供水。沿线居民用水没有受到影响，道路养护同步完成。"
TEXT = f"{BODY}养护单位今天继续巡查。"


@dataclass
class Outlets:
    """The vendors outside, and the application that publishes to them."""

    server: Server
    wechat: wechat.FakeWechat
    weibo: weibo.FakeWeibo
    partner: receiver.FakeReceiver

    def find(self, **query: str) -> list[dict[str, Any]]:
        """Return publications by `story`, `channel` or `state`, in the order of their numbers."""
        path = "/kitchen/publications?limit=100" + "".join(f"&{name}={value}" for name, value in query.items())
        items = self.server.staff("chief").does("GET", path)["items"]
        return sorted(items, key=lambda each: (each["channel"], each["number"]))

    def one(self, story: str, channel: str, action: str = "create") -> dict[str, Any]:
        """Return the newest publication of a story on a channel with this action."""
        found = [each for each in self.find(story=story, channel=channel) if each["action"] == action]
        assert found, (story, channel, action)
        return found[-1]

    def until(
        self, story: str, channel: str, state: str, action: str = "create", timeout: float = 30
    ) -> dict[str, Any]:
        """Wait until a publication has come to a state, and return it."""

        def reached() -> dict[str, Any] | None:
            row = self.one(story, channel, action)
            return row if row["state"] == state else None

        try:
            return dict(wait_until(reached, timeout, pause=0.1))
        except AssertionError:
            raise AssertionError(f"not {state}: {self.one(story, channel, action)}") from None

    def case(self, story: str, kind: str) -> dict[str, Any]:
        """Return the case of a story."""
        return dict(self.server.staff("chief").does("GET", f"/kitchen/cases?story={story}&kind={kind}")["items"][0])

    def case_until(self, story: str, kind: str, state: str, timeout: float = 30) -> dict[str, Any]:
        """Wait until a case has come to a state, and return it."""
        try:
            wait_until(lambda: self.case(story, kind)["state"] == state, timeout, pause=0.1)
        except AssertionError:
            raise AssertionError(f"not {state}: {self.case(story, kind)}") from None
        return self.case(story, kind)

    def target(self, case: dict[str, Any], channel: str) -> dict[str, Any]:
        """Return what a case does on a channel."""
        return next(target for target in case["targets"] if target["channel"] == channel)

    def move_clock(self, seconds: float) -> None:
        """Move time on, for us and for the partner who looks at our timestamps."""
        self.server.move_clock(seconds)
        self.partner.set_clock(self._ahead_s)

    def now(self) -> datetime:
        """Return the time as the server has it."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead_s)

    @property
    def _ahead_s(self) -> float:
        clock = self.server.clock_file
        return float(clock.read_text()) if clock.exists() else 0.0

    def alarms(self, kind: str) -> list[dict[str, Any]]:
        """Return the alarms of a kind that stand on the board."""
        board = self.server.staff("chief").does("GET", "/kitchen/board")
        return [alarm for alarm in board["escalations"] if alarm["kind"] == kind]

    def until_alarm(self, kind: str, about: str) -> dict[str, Any]:
        """Wait until an alarm of a kind about a thing stands on the board, and return it.

        Alarms are raised by jobs of their own, which may end after what they are about.
        """
        found = wait_until(lambda: [each for each in self.alarms(kind) if each["about"]["id"] == about], pause=0.1)
        return dict(found[0])


def open_outlets(make_server: Callable[..., Server], folder: Path, **env: str) -> Outlets:
    """Start the vendors, and a server that knows them."""
    vendors = wechat.serve(), weibo.serve(), receiver.FakeReceiver()
    return Outlets(make_server(**settings_of(*vendors, folder), **env), *vendors)


def settings_of(
    chat: wechat.FakeWechat, blog: weibo.FakeWeibo, partner: receiver.FakeReceiver, folder: Path
) -> dict[str, str]:
    """Write the settings under which the application finds these vendors."""
    partners = folder / "partners.toml"
    partners.write_text(
        f'[[receiver]]\nid = "city"\nname = "市级平台"\nurl = "{partner.url}/in"\nsecret = "{receiver.SECRET}"\n',
        encoding="utf-8",
    )
    return {
        "WECHAT_APP_ID": wechat.APP_ID,
        "WECHAT_APP_SECRET": wechat.APP_SECRET,
        "WECHAT_URL": chat.url,
        "WEIBO_ACCESS_TOKEN": weibo.TOKEN,
        "WEIBO_URL": blog.url,
        "WEIBO_DOMAIN": weibo.DOMAIN,
        "WEIBO_RIP": "203.0.113.7",
        "WEBHOOKS": str(partners),
    }


@cache
def _cover(server: Server) -> str:
    """Enter a picture that may be used, once a server, and return its id."""
    files = {"file": ("cover.jpg", photo(size=(1600, 900)), "image/jpeg")}
    media = server.staff("reporter").does("POST", "/media", files=files)["id"]
    rights = {"owner": "宝山区融媒体中心", "licence": "own"}
    form = {"media": media, "title": "封面", "rights": rights, "subjects": "none"}
    material = does(server.staff("reporter"), "/kitchen/materials", form)
    for name in ("check", "approve"):
        does(server.staff("head"), f"/kitchen/materials/{material['id']}/{name}")
    return str(media)


def signed_story(server: Server, text: str = TEXT, grade: str | None = None, **fields: Any) -> dict[str, Any]:
    """Write a story with a picture and take it through its examination."""
    picture = _cover(server)
    form = {
        "headline": f"水管抢修完成{word()[-4:]}",
        "summary": "供水已经恢复",
        "body": [
            {"type": "image", "media": picture, "caption": "抢修现场", "alt": "工人在路口抢修水管"},
            {"type": "text", "text": text},
        ],
        "section": "minsheng",
        "class": "livelihood",
        "cover": picture,
        "sources": [SOURCE],
    }
    story = server.staff("reporter").does("POST", "/editor/stories", form | fields)
    server.staff("reporter").does("POST", f"/editor/stories/{story['id']}/submit")
    return sign_off(server.staff, story["id"], grade=grade)


def package(server: Server, story: dict[str, Any], **form: Any) -> dict[str, dict[str, Any]]:
    """Make the renditions of a story; return them by kind."""
    form = {"story": story["id"], "page_slot": PAGE, "rundown_item": RUNDOWN} | form
    made = does(server.staff("editor"), "/kitchen/packages", form)
    return {rendition["kind"]: rendition for rendition in made["renditions"]}


def cleared(server: Server, *kinds: str, **fields: Any) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return a signed story with its renditions, those of `kinds` (all if none is named) cleared."""
    story = signed_story(server, **fields)
    rows = package(server, story)
    for kind in kinds or tuple(rows):
        for name in ("ready", "clear"):
            answer = command(server.staff("editor"), f"/kitchen/renditions/{rows[kind]['id']}/{name}")
            assert answer.ok, (kind, name, answer.text)
            rows[kind] = answer.json()
    return story, rows


def written_body(story: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the body of a story as one writes it, with files by their ids."""
    names = ("id", "type", "html", "media", "caption", "alt", "text", "by")
    return [
        {
            name: block["media"]["id"] if name == "media" and isinstance(block[name], dict) else block[name]
            for name in names
            if name in block
        }
        for block in story["body"]
    ]
