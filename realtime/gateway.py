"""The Socket.IO namespace `/sync`: hello, watch, unwatch, auth; and keeping rights true while a phone is connected."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from marshmallow import Schema, ValidationError, fields

from backend import policy
from backend.accounts.queries import get_actor
from backend.accounts.tokens import Claims, Identity, refused
from backend.errors import AppError, Code, invalid, too_many
from backend.form_errors import refusal
from backend.forms import Form, Id, Number, Size, Text
from backend.policy import ANONYMOUS, Actor
from backend.sync.queries import stream_heads
from backend.sync.streams import Audience, audience_of, is_stream_name
from backend.unit_of_work import Database
from realtime import metrics
from realtime.admission import LONGEST_WAIT_S, Admission
from realtime.catch_up import CatchUp
from realtime.connections import Connection, Connections
from realtime.ended import EndedSessions
from realtime.fanout import Fanout
from realtime.limits import NAMESPACE, PASS
from realtime.packets import read_strictly
from realtime.recent import Recent
from realtime.talk import Talk
from realtime.wheel import Wheel

RECONNECT_WINDOW_S = 10.0
MAX_WATCHED = 20
MAX_CURSORS = 50
_log = structlog.get_logger(__name__)
# What a phone holds before anybody knows whose it is.
_ANYBODYS = frozenset(policy.own_streams(ANONYMOUS))
Handler = Callable[..., Any]


class StreamName(Text):
    """The name of a stream."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(at_most=80, **kwargs)


class Cursors(fields.Dict):
    """Up to where a phone knows each stream."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=StreamName(), values=Number(0, 2**53), validate=Size(max=MAX_CURSORS), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        # Every phone that comes back brings some, and nearly always they are as they should be, which is seen at a
        # glance. Anything else is taken apart for the words that say what is wrong with it.
        if type(value) is dict and all(
            is_stream_name(stream) and type(seq) is int and 0 <= seq <= 2**53 for stream, seq in value.items()
        ):
            return value
        return super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow types all but this


class HelloForm(Form):
    """The first message of a phone."""

    token = Text(at_most=2000, allow_none=True)
    epoch = Id(allow_none=True)
    cursors = Cursors(allow_none=True)
    client = fields.Raw(allow_none=True)


class WatchForm(Form):
    """A stream to follow, or to follow no more."""

    stream = StreamName(required=True)


class AuthForm(Form):
    """A fresh token."""

    token = Text(at_most=2000, required=True)


# Every event a client may send, with the permission it needs; the authorisation test walks this table.
EVENTS: dict[str, str] = {
    "connect": "sync.connect",
    "hello": "sync.connect",
    "watch": "sync.read",
    "unwatch": "sync.read",
    "auth": "sync.connect",
}


class Gateway:
    """Answers phones, and takes streams away from those whose rights end."""

    def __init__(
        self,
        database: Database,
        identity: Identity,
        connections: Connections,
        fanout: Fanout,
        *,
        recent: Recent,
        catch_up: CatchUp,
        ticks: Wheel[Connection],
        admission: Admission,
        tick_s: int,
    ) -> None:
        self._database, self._identity = database, identity
        self._connections, self._fanout, self._tick_s = connections, fanout, tick_s
        self._recent, self._catch_up, self._ticks = recent, catch_up, ticks
        self.admission, self._talk, self._ended = admission, Talk(), EndedSessions()
        self._server: Any = None
        self._next_expiry: datetime | None = None
        # Rights are read and applied by one hand at a time, so that an older reading never overwrites a newer one.
        self._reviewing = threading.RLock()

    def install(self, server: Any) -> None:
        """Register the handlers with a Socket.IO server.

        With the library's server itself and not through Flask: nothing here needs a request, and making one for each
        message would cost more than answering it.
        """
        self._server = server
        read_strictly(server)
        server.on("connect", self._connect, namespace=NAMESPACE)
        server.on("disconnect", self._disconnect, namespace=NAMESPACE)
        answers: list[tuple[str, type[Schema], Handler]] = [
            ("hello", HelloForm, self._hello),
            ("watch", WatchForm, self._watch),
            ("unwatch", WatchForm, self._unwatch),
            ("auth", AuthForm, self._auth),
        ]
        for event, form, handler in answers:
            server.on(event, partial(self._guarded, event, form(), handler), namespace=NAMESPACE)
        server.on("*", self._unknown, namespace=NAMESPACE)

    def begin(self) -> None:
        """Read what a hello is answered from; before the first phone comes, and when the log is another one."""
        with self._database.reading() as session:
            self._recent.begin(session)
            self._ended.begin(session, self._database.clock.now())

    def _guarded(self, event: str, form: Schema, handler: Handler, sid: str, *messages: Any) -> Any:
        """Validate a message and turn whatever goes wrong into the one error body."""
        try:
            self._demand_patience(sid)
            connection = self._connections.get(sid)
            policy.demand(connection.actor if connection else ANONYMOUS, EVENTS[event])
            return handler(sid, self._read(form, messages))
        except AppError as refusal:
            return refusal.as_problem()
        except Exception:
            _log.exception("realtime.unexpected", event=event)
            return AppError(Code.INTERNAL, 500, "服务出了问题，请稍后再试。").as_problem()

    def _demand_patience(self, sid: str) -> None:
        wait = self._talk.ask(sid, time.monotonic())
        if wait is not None:
            raise too_many(wait)

    @staticmethod
    def _read(form: Schema, messages: tuple[Any, ...]) -> dict[str, Any]:
        if len(messages) > 1 or (messages and not isinstance(messages[0], dict)):
            raise AppError(Code.BAD_REQUEST, 400, "消息要是一个 JSON 对象。")
        try:
            return dict(form.load(messages[0] if messages else {}))
        except ValidationError as error:
            raise refusal(error) from None

    def _connect(self, _sid: str, _environ: dict[str, Any], _auth: Any = None) -> None:
        """Let anybody in; nothing is sent before a hello."""

    def _disconnect(self, sid: str, _reason: str) -> None:
        self._connections.remove(sid)

    @staticmethod
    def _unknown(_event: str, _sid: str, *_messages: Any) -> dict[str, Any]:
        return AppError(Code.UNKNOWN_EVENT, 400, "没有这种消息。").as_problem()

    def _channel(self, sid: str) -> Any:
        """Return the library's connection below a namespace."""
        return self._server.eio.sockets.get(self._server.manager.eio_sid_from_sid(sid, NAMESPACE))

    def _hello(self, sid: str, form: dict[str, Any]) -> Any:
        connection = Connection(sid, self._channel(sid), streams=_ANYBODYS)
        if connection.channel is None:  # It has gone while its message waited.
            return self._server.not_handled
        wait_ms = self.admission.ask(time.monotonic())
        metrics.HELLOS.labels("let in" if wait_ms is None else "put off").inc()
        if wait_ms is not None:
            self._fanout.bye(connection, "busy", wait_ms)
            return self._server.not_handled
        claims = self._identity.read(form["token"]) if form.get("token") else None
        if claims is not None:
            self._believe(connection, claims)
        self._connections.remove(sid)
        # Members first, heads afterwards: a row that is committed in between arrives twice rather than never.
        self._connections.add(connection)
        self._ticks.add(connection)
        if claims is not None:
            self._confirm(connection, claims)
        cursors = (form.get("cursors") or {}) if form.get("epoch") == self._recent.epoch else {}
        state = self._state(connection, cursors)
        self._bring_up(connection, cursors)
        return state

    def _believe(self, connection: Connection, claims: Claims) -> None:
        """Take a token at its word for a citizen, who has no roles that could have changed since it was written."""
        connection.token_expires_at = claims.expires_at
        self._expires(connection, claims.expires_at)
        kind = "citizen" if claims.is_citizen else "staff"
        connection.actor = Actor(claims.account_id, kind, session_id=claims.session_id)
        if claims.is_citizen:
            connection.streams = frozenset(policy.own_streams(connection.actor))

    def _confirm(self, connection: Connection, claims: Claims) -> None:
        """Look whether the sign-in still counts: in memory for a citizen, in the database for staff.

        Only now, since a sign-in that ends from here on finds the phone among the others.
        """
        if claims.is_citizen:
            good = claims.session_id not in self._ended
        else:
            self._settle(connection)
            good = connection.actor != ANONYMOUS
        if not good:
            self._connections.remove(connection.sid)
            raise refused(Code.BAD_CREDENTIALS, "登录已失效，请重新登录。")

    def _bring_up(self, connection: Connection, cursors: dict[str, int]) -> None:
        """Send what a phone missed of the public streams, where that fits one frame; it asks for the rest."""
        for stream in sorted(connection.streams & cursors.keys()):
            if audience_of(stream) is Audience.PUBLIC:
                page = self._catch_up.page(stream, cursors[stream])
                if page is not None:
                    self._fanout.send([connection], page)

    def _state(self, connection: Connection, cursors: dict[str, int]) -> dict[str, Any]:
        heads: dict[str, int] = {}
        unknown: list[str] = []
        for stream in sorted(connection.streams):
            head = self._recent.head_of(stream, cursors.get(stream))
            if head is None:
                unknown.append(stream)
            else:
                heads[stream] = head
        if unknown:
            with self._database.reading() as session:
                heads |= stream_heads(session, unknown)
        highest = max(self._recent.position, *heads.values())
        return {"epoch": self._recent.epoch, "head": highest, "streams": heads, "tick_s": self._tick_s}

    def _access(self, sid: str) -> Connection:
        connection = self._connections.get(sid)
        if connection is None:
            raise AppError(Code.GUARD_FAILED, 409, "请先发送 hello。", data={"guard": "hello_first"})
        return connection

    def _watch(self, sid: str, form: dict[str, Any]) -> dict[str, Any]:
        connection = self._access(sid)
        with self._reviewing:
            (stream,) = policy.resolve_streams(connection.actor, [_stream(form)])
            if len(connection.streams | {stream}) > MAX_WATCHED + len(policy.own_streams(connection.actor)):
                raise AppError(Code.RATE_LIMITED, 429, "关注的频道太多了。")
            self._connections.hold(connection, connection.streams | {stream})
        return self._state(connection, {})

    def _unwatch(self, sid: str, form: dict[str, Any]) -> dict[str, Any]:
        connection = self._access(sid)
        with self._reviewing:
            (stream,) = policy.resolve_streams(connection.actor, [_stream(form)])
            self._connections.hold(connection, connection.streams - {stream})
        return self._state(connection, {})

    def _auth(self, sid: str, form: dict[str, Any]) -> dict[str, Any]:
        connection = self._access(sid)
        with self._reviewing:
            claims = self._identity.read(form["token"])
            self._connections.belong(connection, self._identity.actor_of(form["token"]))
            connection.token_expires_at = claims.expires_at
            self._settle(connection)
        return self._state(connection, {})

    def rights_changed(self, account_id: str) -> None:
        """Look again at what a person may hold; called when the log says that their account or roster changed."""
        for connection in self._connections.of_person(account_id):
            self._review(connection)

    def session_ended(self, account_id: str, session_id: str) -> None:
        """Close the phones of a sign-in that has ended, and let none come in by its token."""
        self._ended.add(session_id, self._database.clock.now())
        for connection in self._connections.of_person(account_id):
            if connection.actor.session_id == session_id:
                self._degrade(connection, "signed_out")

    def expire(self, now: datetime) -> None:
        """End private streams of phones whose token or right has run out."""
        if self._next_expiry is None or now < self._next_expiry:
            return
        self._next_expiry = None
        for connection in self._connections.all():
            if connection.expires_at is None:
                continue
            if connection.expires_at <= now:
                self._review(connection)
            else:
                self._expires(connection, connection.expires_at)

    def _expires(self, connection: Connection, moment: datetime | None) -> None:
        """Note when a phone's rights have to be looked at again, and when the first of all phones' have."""
        connection.expires_at = moment
        self._next_expiry = _earliest(self._next_expiry, moment)

    def _review(self, connection: Connection) -> None:
        lost, why = self._settle(connection)
        self._tell(connection, lost, why)

    def _settle(self, connection: Connection) -> tuple[frozenset[str], str]:
        """Let a phone hold what its owner may hold at this moment; return what it lost, and why."""
        with self._reviewing:
            now = self._database.clock.now()
            actor = self._actor_now(connection, now)
            if actor is None:
                expired = connection.token_expires_at is None or connection.token_expires_at <= now
                return self._strip(connection), "token_expired" if expired else "signed_out"
            self._connections.belong(connection, actor)
            self._expires(connection, _earliest(connection.token_expires_at, actor.rights_until))
            kept = {stream for stream in connection.streams if policy.may_read_stream(actor, stream)}
            return self._connections.hold(connection, kept | set(policy.own_streams(actor))), "rights"

    def _actor_now(self, connection: Connection, now: datetime) -> Actor | None:
        if connection.token_expires_at is None or connection.token_expires_at <= now:
            return None
        with self._database.reading() as session:
            return get_actor(session, connection.actor.id, connection.actor.session_id, now)

    def _degrade(self, connection: Connection, why: str) -> None:
        self._tell(connection, self._strip(connection), why)

    def _strip(self, connection: Connection) -> frozenset[str]:
        """Leave a phone with what anybody may hold; return what it lost."""
        with self._reviewing:
            self._connections.belong(connection, ANONYMOUS)
            connection.expires_at = connection.token_expires_at = None
            public = {stream for stream in connection.streams if policy.may_read_stream(ANONYMOUS, stream)}
            return self._connections.hold(connection, public)

    def _tell(self, connection: Connection, lost: frozenset[str], why: str) -> None:
        """Say which streams a phone holds from now on; what it kept of the lost ones it must drop."""
        body = {"streams": sorted(connection.streams), "lost": sorted(lost), "reason": why}
        self._fanout.send([connection], self._fanout.encode("streams", body))

    def farewell(self) -> None:
        """Send every phone away before a planned stop, spread so that they come back no faster than they are let in."""
        phones = self._connections.all()
        window_s = min(max(RECONNECT_WINDOW_S, len(phones) / self.admission.rate), LONGEST_WAIT_S)
        for number, connection in enumerate(phones):
            self._fanout.bye(connection, "restart", secrets.randbelow(int(window_s * 1000)))
            if number % PASS == PASS - 1:
                self._fanout.pause()


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _stream(form: dict[str, Any]) -> str:
    name: str = form["stream"]
    if not is_stream_name(name):
        raise invalid("stream", "invalid", "没有这样的频道")
    return name
