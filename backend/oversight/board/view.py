"""Writing the board for one reader, out of a fold. No database."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from backend.clock import iso, local_day
from backend.newsroom.editing.places import EXAMINATION
from backend.oversight.board import rules
from backend.oversight.board.cards import TRACKED, Tracked
from backend.oversight.board.fold import MEASURES, ROUTED, Card, State
from backend.policy import Actor, Role, may_read_stream
from backend.sync import streams

API = "/api/v1"
SECTIONS = {
    "planning": "策划",
    "interview": "采访",
    "editing": "编辑",
    "examination": "审核",
    "publication": "刊播",
    "assessment": "考核",
    "monitoring": "监测",
}
MOST = 100
# What belongs to a story and is kept back with it, and what is so only until the story has been before the public.
_WITH_STORY, _WITH_RELEASE = frozenset({"story", "rendition", "exam"}), frozenset({"publication", "case"})
_EMERGENCY = frozenset({"emergency"})
_FAST = frozenset({"fast_open", "fast_signed", "live_unconfirmed"})


@dataclass(frozen=True)
class Reader:
    """For whom a board is written. `heads` read everything that is late; others what is addressed to their roles."""

    id: str
    roles: frozenset[str]
    sees_strict: bool
    heads: bool


def reader_of(actor: Actor) -> Reader:
    """Return what the board has to know of somebody."""
    return Reader(
        actor.id,
        frozenset(str(role) for role in actor.roles),
        actor.kind == "system" or may_read_stream(actor, EXAMINATION),
        actor.kind == "system" or may_read_stream(actor, streams.KITCHEN),
    )


class View:
    """A fold as one reader may see it."""

    def __init__(self, state: State, reader: Reader) -> None:
        self.state, self.reader, self.at = state, reader, state.at
        self._hidden = {name: self._hide(name) for name in ("story", "publication")}

    def _hide(self, kind: str) -> frozenset[str]:
        """List the stories whose things of a kind this reader does not see, as the lists of the kitchen have it."""
        if self.reader.sees_strict:
            return frozenset()
        out = {"live"} if kind == "story" else {"live", "withdrawn"}
        return frozenset(
            story_id
            for story_id, card in self.state.strict.items()
            if card["state"] not in out and (kind != "story" or self.reader.id not in card["writers"])
        )

    def hidden_from(self, kind: str) -> frozenset[str]:
        """List the stories that are kept back, for things of a kind."""
        if kind in _WITH_STORY:
            return self._hidden["story"]
        return self._hidden["publication"] if kind in _WITH_RELEASE else frozenset()

    def sees(self, kind: str, thing_id: str, card: Card) -> bool:
        """Tell whether the reader sees a thing."""
        if kind == "alarm":
            return self.reader.heads or not self.reader.roles.isdisjoint(card["to"])
        story_id = thing_id if kind == "story" else card.get("story")
        return story_id not in self.hidden_from(kind)

    def open(self, kind: str) -> Iterator[tuple[str, Card]]:
        """Yield the things of a kind that are not done with, by id."""
        for thing_id, card in sorted(self.state.open.get(kind, {}).items()):
            if self.sees(kind, thing_id, card):
                yield thing_id, card

    def counts(self, kind: str) -> dict[str, int]:
        """Count the things of a kind by state."""
        if kind == "alarm" and not self.reader.heads:
            return dict(sorted(Counter(card["state"] for _, card in self.open(kind)).items()))
        counts = Counter(self.state.counts.get(kind, {}))
        for story_id in self.hidden_from(kind):
            if kind == "story":
                counts[self.state.strict[story_id]["state"]] -= 1
            counts.subtract(self.state.inside.get(story_id, {}).get(kind, {}))
        return {state: number for state, number in sorted(counts.items()) if number}


def write_board(view: View) -> dict[str, Any]:
    """Write the whole board: the same fold and reader give the same bytes."""
    return {
        "as_of_seq": view.state.seq,
        "at": iso(view.at),
        "escalations": _alarms(view),
        "duty": _duty(view),
        "now": _now_strip(view),
        "sections": _sections(view),
        "people": _people(view),
        "channels": _channels(view),
        "paper": _paper(view),
        "rundowns": _rundowns(view),
        "next_hours": _next_hours(view),
        "directives": _directives(view),
        "alerts": _alerts(view),
        "today": _today(view),
        "routing": _routing(view),
    }


def rows_at(view: View, kind: str, state: str | None = None, colour: str | None = None) -> str:
    """Return the address of the rows behind a number."""
    further = "".join(f"&{name}={value}" for name, value in (("state", state), ("colour", colour)) if value)
    return f"{API}/kitchen/board/rows?kind={kind}{further}&as_of_seq={view.state.seq}"


def _sections(view: View) -> dict[str, Any]:
    found: dict[str, Any] = {name: {"title": title, "things": {}} for name, title in SECTIONS.items()}
    for tracked in TRACKED.values():
        if tracked.section in found:
            found[tracked.section]["things"][tracked.name] = _things(view, tracked)
    return found


def _things(view: View, tracked: Tracked) -> dict[str, Any]:
    cards = list(view.open(tracked.kind))
    colours = Counter(rules.colour(card, view.at) for _, card in cards)
    holders = Counter(holder for _, card in cards for holder in card.get("holders", []))
    oldest = min(cards, key=lambda each: (rules.entered(each[1]), each[0]), default=None)
    return {
        "title": tracked.title,
        "states": {
            state: {
                "title": tracked.machine.states.get(state, state),
                "count": number,
                "rows": rows_at(view, tracked.kind, state),
                "list": f"{API}{tracked.listed}?state={state}" if tracked.listed else None,
            }
            for state, number in view.counts(tracked.kind).items()
        },
        "open": {"count": len(cards), "rows": rows_at(view, tracked.kind, colour="any")},
        "red": {"count": colours["red"], "rows": rows_at(view, tracked.kind, colour="red")},
        "amber": {"count": colours["amber"], "rows": rows_at(view, tracked.kind, colour="amber")},
        "oldest": None if oldest is None else write_thing(view, tracked.kind, *oldest),
        "holders": [
            {"id": holder, "count": number} for holder, number in sorted(holders.items(), key=lambda i: (-i[1], i[0]))
        ][:MOST],
        "unheld": sum(not card.get("holders") for _, card in cards),
    }


def write_thing(view: View, kind: str, thing_id: str, card: Card) -> dict[str, Any]:
    """Write one thing as the board names it everywhere; what is done with has no colour."""
    due = rules.due_of(card)
    return {
        "kind": kind,
        "id": thing_id,
        "state": card["state"],
        "since": iso(rules.entered(card)),
        "due": None if due is None else iso(due),
        "colour": rules.colour(card, view.at) if card["open"] else None,
        "holders": card.get("holders", []),
        "seq": card["seq"],
    }


def _alarms(view: View) -> list[dict[str, Any]]:
    found = sorted(view.open("alarm"), key=lambda each: (each[1]["since"], each[0]))
    return [
        {
            "id": thing_id,
            "state": card["state"],
            "kind": card["alarm"],
            "about": {"kind": card["about"][0], "id": card["about"][1]},
            "to": card["to"],
            "raised_at": card["since"],
            "seq": card["seq"],
        }
        for thing_id, card in found[: 2 * MOST]
    ]


def _duty(view: View) -> dict[str, Any]:
    """Say who is on duty, and to whom the duty has been offered."""
    turn = next((write_thing(view, "duty", *each) for each in view.open("duty")), None)
    handover = next((write_thing(view, "handover", *each) for each in view.open("handover")), None)
    return {"turn": turn, "handover": handover}


def _now_strip(view: View) -> dict[str, Any]:
    breaking = [each for each in view.open("topic") if each[1]["class"] in _EMERGENCY]
    fast = [each for each in view.open("exam") if each[1]["state"] in _FAST]
    return {
        "breaking_topics": [write_thing(view, "topic", *each) | {"priority": each[1]["priority"]} for each in breaking],
        "fast_lane": [write_thing(view, "exam", *each) | {"story": each[1]["story"]} for each in fast],
        "cases": [
            write_thing(view, "case", *each)
            | {name: each[1][name] for name in ("story", "type", "severity")}
            | {"ticks": [{"channel": channel, "state": state} for channel, state in each[1]["ticks"]]}
            for each in view.open("case")
        ],
    }


def _people(view: View) -> list[dict[str, Any]]:
    """List who is on duty in the kitchen, with what lies with each of them, the busiest first."""
    load: dict[str, Counter[str]] = {}
    for kind in TRACKED:
        if kind in {"person", "channel"}:
            continue
        for _, card in view.open(kind):
            for holder in card.get("holders", []):
                load.setdefault(holder, Counter())[kind] += 1
    found = []
    for person_id, card in view.open("person"):
        grants = [grant for grant in card["grants"] if _holds(grant, view.at)]
        roles = sorted({grant["role"] for grant in grants} - {Role.ADMIN})
        if roles:
            mine = load.get(person_id, Counter())
            found.append(
                {
                    "id": person_id,
                    "roles": roles,
                    "desks": sorted({grant["desk"] for grant in grants if grant["desk"]}),
                    "load": mine.total(),
                    "holds": dict(sorted(mine.items())),
                    "rows": f"{API}/kitchen/board/rows?holder={person_id}&as_of_seq={view.state.seq}",
                }
            )
    return sorted(found, key=lambda each: (-each["load"], each["id"]))


def _holds(grant: Mapping[str, Any], at: datetime) -> bool:
    return datetime.fromisoformat(grant["from"]) <= at and (
        grant["to"] is None or at < datetime.fromisoformat(grant["to"])
    )


def _channels(view: View) -> list[dict[str, Any]]:
    waiting: dict[str, list[Card]] = {}
    for _, card in view.open("publication"):
        waiting.setdefault(card["channel"], []).append(card)
    found = []
    for channel_id, card in view.open("channel"):
        mine = waiting.get(channel_id, [])
        # What is held for its hour does not wait for the channel.
        queue = [each for each in mine if each["state"] in {"queued", "leased", "retry_wait", "uncertain"}]
        found.append(
            {
                "id": channel_id,
                "state": card["state"],
                "parked_until": card["parked_until"],
                "queue": len(queue),
                "queue_since": min((each["since"] for each in queue), default=None),
                "states": dict(sorted(Counter(each["state"] for each in mine).items())),
                "uncertain": sum(each["state"] == "uncertain" for each in mine),
                "rows": f"{rows_at(view, 'publication', colour='any')}&channel={channel_id}",
                "seq": card["seq"],
            }
        )
    return found


def _paper(view: View) -> list[dict[str, Any]]:
    return [
        write_thing(view, "issue", issue_id, card)
        | {
            "date": card["date"],
            "pages": [{"page": page, "filled": filled, "slots": slots} for page, filled, slots in card["pages"]],
        }
        for issue_id, card in view.open("issue")
    ]


def _rundowns(view: View) -> list[dict[str, Any]]:
    today = local_day(view.at)
    return [
        write_thing(view, "rundown", rundown_id, card)
        | {
            "airtime": card["starts"],
            "medium": card["medium"],
            "planned_seconds": card["planned_seconds"],
            "filled_seconds": card["filled_seconds"],
            "over_seconds": card["filled_seconds"] - card["planned_seconds"],
        }
        for rundown_id, card in view.open("rundown")
        if card["scope"] != "day" and local_day(datetime.fromisoformat(card["starts"])) <= today
    ]


_HOURS = (
    ("due", "到期"),
    ("starts", "开始"),
    ("publish_at", "刊发"),
    ("not_before", "放行"),
    ("embargo", "解禁"),
)


def _next_hours(view: View) -> list[dict[str, Any]]:
    """List what falls due, begins or is released within the next hours, the earliest first."""
    found = []
    for kind in TRACKED:
        if kind == "person":
            continue
        for thing_id, card in view.open(kind):
            for name, what in _HOURS:
                moment = card.get(name) if name != "due" else iso(d) if (d := rules.due_of(card)) else None
                if isinstance(moment, str) and view.at < datetime.fromisoformat(moment) <= view.at + rules.AHEAD:
                    found.append(
                        {"at": moment, "what": name, "title": what, "kind": kind, "id": thing_id, "seq": card["seq"]}
                    )
    return sorted(found, key=lambda each: (each["at"], each["kind"], each["id"], each["what"]))[: 2 * MOST]


def _directives(view: View) -> list[dict[str, Any]]:
    return [
        write_thing(view, "directive", directive_id, card) | {"desks": card["desks"], "unacked": card["unacked"]}
        for directive_id, card in view.open("directive")
    ]


def _alerts(view: View) -> list[dict[str, Any]]:
    """List what readers are excited about, the hottest first."""
    found = [
        write_thing(view, "alert", *each) | {"level": each[1]["level"], "heat": each[1]["heat"]}
        for each in view.open("alert")
    ]
    return sorted(found, key=lambda each: (-each["heat"], each["id"]))


def _today(view: View) -> dict[str, Any]:
    today = local_day(view.at)
    return {
        "date": today.isoformat(),
        "measures": {
            name: {"today": view.state.days.get(today.isoformat(), {}).get(name, 0), "usual": _usual(view, today, name)}
            for name in MEASURES.values()
        },
    }


def _usual(view: View, today: date, name: str) -> float | None:
    """Return the median of the same weekday of the last weeks; None before there was any."""
    first = min(view.state.days, default=today.isoformat())
    days = [(today - timedelta(weeks=week)).isoformat() for week in range(1, rules.WEEKS + 1)]
    known = [view.state.days.get(day, {}).get(name, 0) for day in days if day >= first]
    return statistics.median(known) if known else None


def first_routing_day(at: datetime) -> date:
    """Return the first of the days over which the routing aid is measured."""
    return local_day(at) - timedelta(days=rules.ROUTING_DAYS - 1)


def _routing(view: View) -> dict[str, Any]:
    """Say how often people decided as the routing aid had suggested; `rate` is null before there was a case."""
    first = first_routing_day(view.at).isoformat()
    days = [measures for day, measures in view.state.days.items() if day >= first]
    found: dict[str, Any] = {"days": rules.ROUTING_DAYS}
    for name in (*ROUTED, "duplicates"):
        hit, miss = (sum(each.get(f"routing_{name}_{what}", 0) for each in days) for what in ("hit", "miss"))
        address = f"{API}/kitchen/board/routing?about={name}&as_of_seq={view.state.seq}"
        found[name] = {
            "given": hit + miss,
            "hit": hit,
            "rate": round(hit / (hit + miss), 3) if hit + miss else None,
            "rows": address,
        }
    return found
