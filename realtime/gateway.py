"""The Socket.IO namespace `/sync`: hello, watch, unwatch, auth; and keeping rights true while a phone is connected."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import structlog
from flask import request
from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the library ships no types
from marshmallow import Schema, ValidationError, fields

from backend import policy
from backend.accounts.queries import get_actor
from backend.accounts.tokens import Identity
from backend.errors import AppError, Code, invalid
from backend.form_errors import refusal
from backend.forms import Form, Id, Number, Size, Text
from backend.policy import ANONYMOUS, Actor
from backend.sync.queries import get_head, stream_heads
from backend.sync.streams import is_stream_name
from backend.unit_of_work import Database
from realtime.connections import Connection, Connections
from realtime.fanout import NAMESPACE, Fanout
from realtime.packets import read_strictly

RECONNECT_WINDOW_MS = 10_000
MAX_WATCHED = 20
_log = structlog.get_logger(__name__)
Handler = Callable[..., dict[str, Any]]


class StreamName(Text):
    """The name of a stream."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(at_most=80, **kwargs)


class HelloForm(Form):
    """The first message of a phone."""

    token = Text(at_most=2000, allow_none=True)
    epoch = Id(allow_none=True)
    cursors = fields.Dict(keys=StreamName(), values=Number(0, 2**53), validate=Size(max=50), allow_none=True)
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
        self, database: Database, identity: Identity, connections: Connections, fanout: Fanout, tick_s: int
    ) -> None:
        self._database, self._identity = database, identity
        self._connections, self._fanout, self._tick_s = connections, fanout, tick_s
        # Rights are read and applied by one hand at a time, so that an older reading never overwrites a newer one.
        self._reviewing = threading.RLock()

    def install(self, socketio: SocketIO) -> None:
        """Register the handlers."""
        read_strictly(socketio.server)
        on = socketio.on
        on("connect", namespace=NAMESPACE)(self._connect)
        on("disconnect", namespace=NAMESPACE)(self._disconnect)
        on("hello", namespace=NAMESPACE)(self._guarded("hello", HelloForm, self._hello))
        on("watch", namespace=NAMESPACE)(self._guarded("watch", WatchForm, self._watch))
        on("unwatch", namespace=NAMESPACE)(self._guarded("unwatch", WatchForm, self._unwatch))
        on("auth", namespace=NAMESPACE)(self._guarded("auth", AuthForm, self._auth))
        on("*", namespace=NAMESPACE)(self._unknown)

    def _guarded(self, event: str, form: type[Schema], handler: Handler) -> Handler:
        """Validate a message and turn whatever goes wrong into the one error body."""

        @wraps(handler)
        def guarded(*messages: Any) -> dict[str, Any]:
            try:
                connection = self._connections.get(request.sid)  # type: ignore[attr-defined]  # set by Flask-SocketIO
                policy.demand(connection.actor if connection else ANONYMOUS, EVENTS[event])
                return handler(request.sid, self._read(form, messages))  # type: ignore[attr-defined]
            except AppError as refusal:
                return refusal.as_problem()
            except Exception:
                _log.exception("realtime.unexpected", event=event)
                return AppError(Code.INTERNAL, 500, "服务出了问题，请稍后再试。").as_problem()

        return guarded

    @staticmethod
    def _read(form: type[Schema], messages: tuple[Any, ...]) -> dict[str, Any]:
        if len(messages) > 1 or (messages and not isinstance(messages[0], dict)):
            raise AppError(Code.BAD_REQUEST, 400, "消息要是一个 JSON 对象。")
        try:
            return dict(form().load(messages[0] if messages else {}))
        except ValidationError as error:
            raise refusal(error) from None

    def _connect(self, *_auth: Any) -> None:
        """Let anybody in; nothing is sent before a hello."""

    def _disconnect(self, *_reason: Any) -> None:
        self._connections.remove(request.sid)  # type: ignore[attr-defined]

    @staticmethod
    def _unknown(event: Any, *_messages: Any) -> dict[str, Any]:
        del event
        return AppError(Code.UNKNOWN_EVENT, 400, "没有这种消息。").as_problem()

    def _hello(self, sid: str, form: dict[str, Any]) -> dict[str, Any]:
        connection = Connection(sid, streams=set(policy.own_streams(ANONYMOUS)))
        if form.get("token"):
            self._sign_in(connection, form["token"])
        self._connections.remove(sid)
        self._connections.add(connection)
        # Members first, heads afterwards: a row that is committed in between arrives twice rather than never.
        self._settle(connection)
        return self._state(connection)

    def _sign_in(self, connection: Connection, token: str) -> None:
        """Say whose phone it is; which streams that gives it is for `_settle` to say."""
        claims = self._identity.read(token)
        self._connections.belong(connection, self._identity.actor_of(token))
        connection.token_expires_at = claims.expires_at

    def _state(self, connection: Connection) -> dict[str, Any]:
        names = sorted(connection.streams)
        with self._database.reading() as session:
            head = get_head(session)
            heads = stream_heads(session, names)
        return {"epoch": head.epoch, "head": head.seq, "streams": heads, "tick_s": self._tick_s}

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
        return self._state(connection)

    def _unwatch(self, sid: str, form: dict[str, Any]) -> dict[str, Any]:
        connection = self._access(sid)
        with self._reviewing:
            (stream,) = policy.resolve_streams(connection.actor, [_stream(form)])
            self._connections.hold(connection, connection.streams - {stream})
        return self._state(connection)

    def _auth(self, sid: str, form: dict[str, Any]) -> dict[str, Any]:
        connection = self._access(sid)
        with self._reviewing:
            self._sign_in(connection, form["token"])
            self._settle(connection)
        return self._state(connection)

    def rights_changed(self, account_id: str) -> None:
        """Look again at what a person may hold; called when the log says that their account or roster changed."""
        for connection in self._connections.of_person(account_id):
            self._review(connection)

    def session_ended(self, account_id: str, session_id: str) -> None:
        """Close the phones of a sign-in that has ended."""
        for connection in self._connections.of_person(account_id):
            if connection.actor.session_id == session_id:
                self._degrade(connection, "signed_out")

    def expire(self, now: datetime) -> None:
        """End private streams of phones whose token or right has run out."""
        for connection in self._connections.all():
            if connection.expires_at is not None and connection.expires_at <= now:
                self._review(connection)

    def _review(self, connection: Connection) -> None:
        lost, why = self._settle(connection)
        self._tell(connection, lost, why)

    def _settle(self, connection: Connection) -> tuple[set[str], str]:
        """Let a phone hold what its owner may hold at this moment; return what it lost, and why."""
        with self._reviewing:
            now = self._database.clock.now()
            actor = self._actor_now(connection, now)
            if actor is None:
                expired = connection.token_expires_at is None or connection.token_expires_at <= now
                return self._strip(connection), "token_expired" if expired else "signed_out"
            self._connections.belong(connection, actor)
            connection.expires_at = _earliest(connection.token_expires_at, actor.rights_until)
            kept = {stream for stream in connection.streams if policy.may_read_stream(actor, stream)}
            return self._connections.hold(connection, kept | set(policy.own_streams(actor))), "rights"

    def _actor_now(self, connection: Connection, now: datetime) -> Actor | None:
        if connection.token_expires_at is None or connection.token_expires_at <= now:
            return None
        with self._database.reading() as session:
            return get_actor(session, connection.actor.id, connection.actor.session_id, now)

    def _degrade(self, connection: Connection, why: str) -> None:
        self._tell(connection, self._strip(connection), why)

    def _strip(self, connection: Connection) -> set[str]:
        """Leave a phone with what anybody may hold; return what it lost."""
        with self._reviewing:
            self._connections.belong(connection, ANONYMOUS)
            connection.expires_at = connection.token_expires_at = None
            public = {stream for stream in connection.streams if policy.may_read_stream(ANONYMOUS, stream)}
            return self._connections.hold(connection, public)

    def _tell(self, connection: Connection, lost: set[str], why: str) -> None:
        """Say which streams a phone holds from now on; what it kept of the lost ones it must drop."""
        body = {"streams": sorted(connection.streams), "lost": sorted(lost), "reason": why}
        self._fanout.send([connection.sid], "streams", body)

    def farewell(self) -> None:
        """Send every phone away before a planned stop, spread over the reconnect window."""
        for connection in self._connections.all():
            self._fanout.bye(connection.sid, "restart", secrets.randbelow(RECONNECT_WINDOW_MS))


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _stream(form: dict[str, Any]) -> str:
    name: str = form["stream"]
    if not is_stream_name(name):
        raise invalid("stream", "invalid", "没有这样的频道")
    return name
