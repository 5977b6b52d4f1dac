"""The composition root: the only file that knows all packages and the async mode.

`python wsgi.py` serves everything in one process; `gunicorn -c deploy/gunicorn.py wsgi:app` serves the web side;
`flask --app wsgi …` offers the commands of `commands.py`.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings

# What is imported and built here stays until the end: collecting meanwhile finds nothing, and takes a quarter of the
# time of a start.
gc.disable()

# A command comes through Flask's own program, which has imported half of the library by now. Patching would come too
# late for it, and a worker does as well with threads.
ASYNC_MODE = "threading" if "flask" in sys.modules else os.environ.get("ASYNC_MODE") or "eventlet"
# Patching comes before any other import, or locks and sockets made meanwhile stay blocking.
if ASYNC_MODE == "eventlet":
    # It says at every import that it is in maintenance; docs/adr/0003 says why it stays, behind a setting.
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet  # type: ignore[import-untyped]  # the library ships no types

    eventlet.monkey_patch()
elif ASYNC_MODE == "gevent":
    from gevent import monkey  # type: ignore[import-untyped,import-not-found,unused-ignore]  # an optional mode

    monkey.patch_all()

# ruff: noqa: E402  # for the reason above
from functools import cache, partial
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate  # type: ignore[import-untyped]  # the library ships no types
from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the same
from werkzeug.middleware.proxy_fix import ProxyFix

import commands
from api.app import install_api
from backend.accounts import queries as accounts
from backend.accounts.personal import PersonalData
from backend.accounts.tokens import Identity
from backend.alerts import actions as warning_actions
from backend.alerts import chains, places
from backend.alerts import queries as warnings_to_all
from backend.catalogue import queries as catalogue
from backend.clock import Clock, FileClock, SystemClock
from backend.concurrency import install_offload
from backend.config import BadSetting, Settings, load_settings
from backend.db import Base, Engine
from backend.feed import actions as feed_actions
from backend.feed.queries import load_articles
from backend.housekeeping import KIND as HOUSEKEEPING
from backend.housekeeping import sweep
from backend.inbox import actions as inbox_actions
from backend.inbox import queries as inbox
from backend.jobs.worker import Handler
from backend.logs import configure_logs
from backend.media.queries import export_media
from backend.media.rules import FILM
from backend.media.store import MediaStore
from backend.media.work import FilmWork
from backend.newsroom import desk
from backend.newsroom.board import queries as board
from backend.newsroom.editing import queries as newsroom
from backend.newsroom.editing.packages import queries as packages
from backend.newsroom.examination import actions as examination
from backend.newsroom.examination import dictionary, dictionary_queries, fast_lane
from backend.newsroom.examination import queries as exams
from backend.newsroom.examination.dead_links import LINK_JOB
from backend.newsroom.interview import actions as interview_actions
from backend.newsroom.interview import queries as interview
from backend.newsroom.interview.succession import NO_ANSWER, note_no_answer
from backend.newsroom.planning import actions as planning_actions
from backend.newsroom.planning import queries as planning
from backend.notices import aftermath as notice_aftermath
from backend.notices import queries as notices
from backend.notices.actions import EXPIRE_JOB
from backend.notices.works import actions as work_actions
from backend.notices.works import queries as works
from backend.oversight.assessment import decisions as assessment_decisions
from backend.oversight.assessment import periods, reach, rule_sets
from backend.oversight.assessment import queries as assessment
from backend.oversight.board import noting, rounds
from backend.oversight.board.past import Boards
from backend.oversight.duty import actions as duty_actions
from backend.oversight.duty import queries as duty
from backend.oversight.monitoring import alerts
from backend.oversight.monitoring import queries as monitoring
from backend.oversight.operation import jobs as operation
from backend.publishing import cases, hooks, metrics, reaper, watch_queries, watches
from backend.publishing import queries as publishing
from backend.publishing.broadcast import queries as broadcast
from backend.publishing.broadcast.as_run import TEND, tend_rundown
from backend.publishing.broadcast.pulling import warn_of_stale
from backend.publishing.delivery import Delivery
from backend.publishing.newspaper import deadline
from backend.publishing.newspaper import queries as newspaper
from backend.publishing.queue import job_kind
from backend.publishing.rules import APP
from backend.publishing.watcher import Watcher
from backend.renderings import Renderings
from backend.requests import actions as request_actions
from backend.requests import closing, redating
from backend.requests import queries as requests
from backend.requests.behalf import actions as behalf_actions
from backend.requests.behalf import queries as behalf
from backend.requests.looks import queries as look_queries
from backend.requests.receipts import actions as receipt_actions
from backend.requests.receipts import queries as receipt_queries
from backend.requests.receipts.keys import Keyring
from backend.requests.steps import CALLBACK_JOB
from backend.requests.twins import actions as twin_actions
from backend.requests.twins import queries as twins
from backend.routing import actions as routing
from backend.search import actions as search
from backend.search.sources import (
    Sources,
    article_document,
    item_document,
    notice_document,
    request_document,
    service_document,
)
from backend.sync.renderers import Renderers
from backend.unit_of_work import Database
from channels.installed import installed_channels
from channels.links import link_handler
from channels.press import HousePress
from notifications import planner
from notifications.sender import Sender
from notifications.sms import ConsoleSms, HttpSms, SmsSender, code_handler
from notifications.targets.base import PushTarget
from notifications.targets.none import NoTarget
from realtime import json_text
from realtime.manager import PhoneManager
from realtime.service import Realtime

ROOT = Path(__file__).parent
MAX_MESSAGE_BYTES = 64 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Put the house together. Starts nothing: serving, pumping and working are begun by who runs it."""
    settings = settings or load_settings(os.environ)
    configure_logs(settings.log_level)
    _install_offload()
    app = Flask("ronghui", root_path=str(ROOT), static_folder="web/static", static_url_path="/static")
    database = Database(Engine(settings.database_url, settings.database_pool), _clock(settings))
    identity, renderers = Identity(database, settings.secret_key), _renderers(database)
    keyring = Keyring(settings.receipt_keys)
    socketio, channels = _socketio(app), installed_channels(settings, database)
    app.extensions |= {
        "settings": settings,
        "database": database,
        "identity": identity,
        "renderers": renderers,
        "search_sources": (sources := _search_sources(renderers)),
        "renderings": Renderings(),
        "media_store": MediaStore(settings.media_dir),
        "media_gates": (requests.may_see_media, notices.may_see_media, newsroom.may_see_media, interview.may_see_media),
        "personal_data": _personal_data(),
        "keyring": keyring,
        "socketio_server": socketio,
        "realtime": Realtime(
            socketio, database, identity, renderers, tick_s=settings.tick_s, hello_rate=settings.hello_rate
        ),
        "channels": channels,
        # Each channel has as many slots of its own as it takes calls side by side.
        "slots_apart": {job_kind(each.spec.id): each.spec.parallel for each in channels}
        | {watches.job_kind(each.spec.id): 1 for each in channels if each.build and each.spec.can.read_back},
        "press": HousePress(),
        "boards": Boards(),
        "base": Base,
    }
    app.extensions["before_stop"] = app.extensions["realtime"].stop
    if settings.fast_path:
        app.extensions["front_door"] = app.extensions["realtime"].front_door
    if settings.proxies:
        # Only as many hops are believed as there are proxies of ours; the rest of the header anybody may write.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=1, x_host=1)  # type: ignore[method-assign]
    planner.install(database)
    hooks.install(database)
    noting.install(database)
    reach.install(database)
    database.on_close(search.following(sources))
    receipt_actions.install(database, keyring)
    database.on_event("request.", twin_actions.follow_case)
    database.on_event("trust.ended", request_actions.follow_trust)
    database.on_event("rendition.stale", warn_of_stale)
    database.on_event("account.deleted", request_actions.forget_citizen)
    database.on_event("request.filed", routing.keep_suggestion)
    database.on_event("request.assigned", routing.note_decision)
    database.on_event("request.merged", routing.note_merge)
    database.on_event("session.ended", inbox_actions.detach_devices)
    for change in ("account.edited", "preference.edited"):
        database.on_event(change, inbox_actions.move_devices)
    database.on_event("account.edited", request_actions.follow_name)
    database.on_event("calendar.set", redating.follow_calendar)
    database.on_event("media.worked", feed_actions.refresh_media)
    for change in ("catalogue.published", "catalogue.withdrawn"):
        database.on_event(change, feed_actions.refresh_cards)
        database.on_event(change, notice_aftermath.refresh_services)
        database.on_event(change, search.following_listed(sources, "item"))
    database.on_event("notice.withdrawn", work_actions.follow_notice)
    database.on_event("media.worked", interview_actions.refresh_media)
    install_api(app)
    Migrate(app, Base, directory=str(ROOT / "migrations"))
    commands.install(app, handlers)
    return app


def _clock(settings: Settings) -> Clock:
    return FileClock(settings.clock_file) if settings.clock_file else SystemClock()


def _install_offload() -> None:
    if ASYNC_MODE == "eventlet":
        from eventlet import tpool  # noqa: PLC0415  # only this mode has it

        install_offload(tpool.execute)
    elif ASYNC_MODE == "gevent":
        from gevent import get_hub  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415

        install_offload(lambda call, *args, **kwargs: get_hub().threadpool.apply(call, args, kwargs))


def _socketio(app: Flask) -> SocketIO:
    return SocketIO(
        app,
        async_mode=ASYNC_MODE,
        transports=["websocket"],
        # A phone's messages are handled one after the other, in its own reader.
        async_handlers=False,
        manage_session=False,
        client_manager=PhoneManager(),
        json=json_text,
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        logger=False,
        engineio_logger=False,
    )


def _renderers(database: Database) -> Renderers:
    renderers = Renderers()
    renderers.register("article", load_articles)
    renderers.register("notice", notices.load_notices)
    renderers.register("notice_draft", notices.load_notice_drafts)
    renderers.register("public_alert", warnings_to_all.load_alerts)
    renderers.register("cap_message", warnings_to_all.load_messages)
    renderers.register("place", places.load_places)
    renderers.register("work", works.load_works)
    renderers.register("work_draft", works.load_work_drafts)
    renderers.register("story", newsroom.load_stories)
    renderers.register("lock", newsroom.load_leases)
    renderers.register("rendition", packages.load_renditions)
    renderers.register("channel", publishing.load_channels)
    renderers.register("publication", publishing.load_publications)
    renderers.register("case", publishing.load_cases)
    renderers.register("issue", newspaper.load_issues)
    renderers.register("rundown", lambda s, ids, who: broadcast.load_rundowns(s, ids, who, database.clock.now()))
    renderers.register("assessment_period", assessment.load_periods)
    renderers.register("rule_set", assessment_decisions.load_rule_sets)
    renderers.register("exam", exams.load_exams)
    renderers.register("dictionary", dictionary_queries.load_versions)
    renderers.register("scan_hit", dictionary_queries.load_hits)
    renderers.register("metric_suspect", watch_queries.load_suspects)
    renderers.register("opinion_rule", monitoring.load_rules)
    renderers.register("alert", monitoring.load_alerts)
    renderers.register("alarm", board.load_alarms)
    renderers.register("duty", duty.load_turns)
    renderers.register("handover", duty.load_handovers)
    renderers.register("lead", planning.load_leads)
    renderers.register("topic", planning.load_topics)
    renderers.register("meeting", planning.load_meetings)
    renderers.register("directive", planning.load_directives)
    renderers.register("assignment", lambda s, ids, who: interview.load_assignments(s, ids, who, database.clock.now()))
    renderers.register("material", lambda s, ids, who: interview.load_materials(s, ids, who, database.clock.now()))
    renderers.register("request", requests.load_requests)
    renderers.register("public_request", twins.load_public)
    renderers.register("trust", behalf.load_trusts)
    renderers.register("bell", inbox.load_bells)
    renderers.register("read", inbox.load_reads)
    renderers.register("preference", inbox.load_preferences)
    renderers.register("me", lambda s, ids, audience: accounts.load_me(s, ids, audience, database.clock.now()))
    renderers.register("session", accounts.load_sessions)
    return renderers


def _search_sources(renderers: Renderers) -> Sources:
    """Say what can be found: what stands on the public streams, and the services."""
    sources = Sources(renderers)
    sources.placed("article", article_document)
    sources.placed("notice", notice_document)
    sources.placed("public_request", request_document, found_as="request")
    sources.listed("service", lambda session, _ids: map(service_document, requests.list_services(session)))
    sources.listed("item", lambda session, ids: map(item_document, catalogue.load_items(session, ids)))
    return sources


def _personal_data() -> PersonalData:
    personal = PersonalData()
    personal.register("requests", requests.export_requests, lambda _unit, _account: None)
    personal.register("receipts", receipt_queries.export_receipts, lambda _unit, _account: None)
    personal.register("looks", look_queries.export_looks, lambda _unit, _account: None)
    personal.register("trusts", behalf.export_trusts, behalf_actions.forget_trusts)
    personal.register("twins", twins.export_twins, twin_actions.forget_twins)
    personal.register("inbox", inbox.export_inbox, inbox_actions.erase_inbox)
    personal.register("media", export_media, lambda _unit, _account: None)
    personal.register("places", places.list_places, places.erase_places)
    personal.register("devices", inbox.export_devices, lambda _unit, _account: None)
    return personal


def handlers(app: Flask) -> dict[str, Handler]:
    """Return the handler of each kind of job."""
    settings: Settings = app.extensions["settings"]
    return {
        "sms.code": code_handler(_sms(settings), settings.secret_key),
        desk.RELEASE_JOB: desk.release_scheduled,
        examination.SLA_JOB: examination.sound_sla,
        fast_lane.REVIEW_JOB: fast_lane.sound_overdue,
        dictionary.RESCAN_JOB: dictionary.rescan,
        LINK_JOB: link_handler(allow_private=settings.testing),
        "directive.unacked": planning_actions.escalate_unacked,
        "directive.expire": planning_actions.expire_directive,
        NO_ANSWER: note_no_answer,
        cases.REASON_JOB: cases.demand_reason,
        deadline.DEADLINE_JOB: deadline.sound_deadline,
        TEND: tend_rundown,
        reach.REACH_JOB: reach.freeze,
        periods.COMPUTE_JOB: periods.compute,
        periods.PUBLIC_JOB: periods.end_public,
        rule_sets.TRIAL_JOB: rule_sets.run_trial,
        FILM: FilmWork(app.extensions["media_store"]),
        duty_actions.UNANSWERED_JOB: duty_actions.sound_unanswered,
        alerts.SLA_JOB: alerts.sound_sla,
        chains.EXPIRE_JOB: chains.expire,
        warning_actions.REVIEW_JOB: warning_actions.sound_unreviewed,
        CALLBACK_JOB: closing.make_callback_due,
        redating.REDATE_JOB: redating.redate,
        redating.DAILY_JOB: redating.look_daily,
        receipt_actions.BACKFILL: partial(receipt_actions.backfill, app.extensions["keyring"]),
        EXPIRE_JOB: notice_aftermath.expire_notice,
        work_actions.CLOSE_JOB: work_actions.close_work,
        HOUSEKEEPING: sweep,
        reaper.KIND: reaper.sweep,
        rounds.KIND: rounds.round_handler(app.extensions["boards"]),
        **operation.HANDLERS,
        **Sender(_push_target(settings)).handlers,
        **_deliveries(app),
    }


def _deliveries(app: Flask) -> dict[str, Handler]:
    """Make the handlers of each channel's jobs: what is sent to it, and the counters that are read from it."""
    settings: Settings = app.extensions["settings"]
    found: dict[str, Handler] = {watches.job_kind(APP): watches.watch_app}
    for each in app.extensions["channels"]:
        if each.build is None:
            continue
        channel_id, channel = each.spec.id, each.build()
        delivery = Delivery(channel_id, channel, app.extensions["media_store"], settings.public_url)
        found[job_kind(channel_id)] = delivery
        if channel.capabilities.read_back:
            found[watches.job_kind(channel_id)] = Watcher(channel, delivery.order_of)
        if channel.capabilities.metrics:
            found[metrics.job_kind(channel_id)] = metrics.metrics_handler(channel_id, channel)
    return found


def _sms(settings: Settings) -> SmsSender:
    if settings.sms_url is not None:
        return HttpSms(settings.sms_url, settings.sms_token)
    return ConsoleSms()


def _push_target(settings: Settings) -> PushTarget:
    from notifications.targets.fcm import FcmTarget  # noqa: PLC0415  # the SDK takes a second to import; web has no need

    if settings.fcm_credentials is not None:
        try:
            return FcmTarget(settings.fcm_credentials, settings.fcm_endpoint)
        except (OSError, ValueError):
            raise BadSetting("FCM_CREDENTIALS", "不是 Firebase 的服务账号文件 (no service account in it)") from None
    if not settings.demo:
        return NoTarget()
    from fakes import fcm  # noqa: PLC0415  # only the demo has a vendor of its own

    vendor = fcm.serve()
    return FcmTarget(vendor.service_account(), vendor.url)


@cache
def _app() -> Flask:
    gc.disable()
    try:
        app = create_app()
    finally:
        # What has been built is left out of every later collection, of the one at the end too.
        gc.freeze()
        gc.enable()
    # So nothing else closes the database's connections, which writes SQLite's log back into its file.
    atexit.register(app.extensions["database"].engine.sa.dispose)
    return app


def __getattr__(name: str) -> Any:
    """Make `wsgi:app` on first use, so that importing this file has no effects."""
    if name == "app":
        return _app()
    raise AttributeError(name)


gc.enable()

if __name__ == "__main__":
    from serve import serve

    serve(_app(), handlers)
