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
from backend.community.comments import actions as comment_actions
from backend.community.comments import presentation as comment_presentation
from backend.community.comments import queries as comment_queries
from backend.community.gatherings import actions as gathering_actions
from backend.community.gatherings import queries as gatherings
from backend.community.gatherings import signing_up
from backend.community.identity import actions as identity_actions
from backend.community.identity import queries as identities
from backend.community.identity.checking import RealNameChecker, check_handler, end_handler
from backend.community.likes import actions as like_actions
from backend.community.likes import queries as likes
from backend.community.polls import actions as poll_actions
from backend.community.polls import queries as polls
from backend.community.tips import actions as tip_actions
from backend.community.tips import following as tip_following
from backend.community.tips import queries as tips
from backend.concurrency import install_offload
from backend.config import Settings, load_settings
from backend.db import Base, Engine
from backend.feed import actions as feed_actions
from backend.feed.live import aftermath as live_aftermath
from backend.feed.live import queries as lives
from backend.feed.queries import load_articles
from backend.feed.specials import actions as special_actions
from backend.feed.specials import queries as specials
from backend.housekeeping import KIND as HOUSEKEEPING
from backend.housekeeping import sweep
from backend.inbox import actions as inbox_actions
from backend.inbox import queries as inbox
from backend.inbox.bookmarks import actions as bookmark_actions
from backend.inbox.bookmarks import queries as bookmarks
from backend.inbox.follows import actions as follow_actions
from backend.inbox.follows import queries as follows
from backend.inbox.rings.queries import export_rings
from backend.inbox.vapid import VapidKey
from backend.jobs.worker import Handler
from backend.logs import configure_logs
from backend.media.actions import ERASE_JOB, erase_handler, erase_media, erase_uploads
from backend.media.queries import export_media, export_uploads
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
from backend.open311 import actions as open311
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
from backend.pressure import Pressure
from backend.privacy import consents
from backend.privacy import looks as person_looks
from backend.privacy.keys import REINDEX_JOB, RESEAL_JOB, reindex_handler, reseal_handler
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
from backend.sealing import DataKeys, lend
from backend.search import actions as search
from backend.search.sources import (
    Sources,
    article_document,
    item_document,
    live_document,
    notice_document,
    request_document,
    service_document,
    special_document,
)
from backend.sync.renderers import Renderers
from backend.unit_of_work import Database
from channels.installed import installed_channels
from channels.links import link_handler
from channels.press import HousePress
from channels.real_name import HttpRealName, LocalRealName
from notifications import lanes, planner
from notifications.ceilings import load_ceilings
from notifications.gatherings import tell_all
from notifications.installed import installed_targets
from notifications.sender import Sender
from notifications.sms import ConsoleSms, HttpSms, SmsSender, code_handler
from realtime import json_text
from realtime.manager import PhoneManager
from realtime.service import LAG_S, Realtime

ROOT = Path(__file__).parent
MAX_MESSAGE_BYTES = 64 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Put the house together. Starts nothing: serving, pumping and working are begun by who runs it."""
    settings = settings or load_settings(os.environ)
    configure_logs(settings.log_level)
    _install_offload()
    app = Flask("ronghui", root_path=str(ROOT), static_folder="web/static", static_url_path="/static")
    database = Database(Engine(settings.database_url, settings.database_pool), _clock(settings))
    data_keys = DataKeys(settings.data_keys)
    lend(database.engine.sa, data_keys)
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
        "media_gates": (
            *(requests.may_see_media, notices.may_see_media, newsroom.may_see_media, interview.may_see_media),
            tips.may_see_media,
        ),
        "personal_data": _personal_data(),
        "keyring": keyring,
        "data_keys": data_keys,
        "socketio_server": socketio,
        "pressure": (pressure := Pressure(LAG_S, settings.shed_after_s)),
        "realtime": Realtime(
            socketio,
            database,
            identity,
            renderers,
            tick_s=settings.tick_s,
            hello_rate=settings.hello_rate,
            pressure=pressure,
        ),
        "channels": channels,
        # Each channel has as many slots of its own as it takes calls side by side.
        "slots_apart": {job_kind(each.spec.id): each.spec.parallel for each in channels}
        | {watches.job_kind(each.spec.id): 1 for each in channels if each.build and each.spec.can.read_back}
        | dict(lanes.SLOTS),
        "vapid_key": VapidKey.load(settings.vapid_key),
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
    tip_following.install(database)
    receipt_actions.install(database, keyring)
    database.on_event("request.", twin_actions.follow_case)
    database.on_event("trust.ended", request_actions.follow_trust)
    database.on_event("rendition.stale", warn_of_stale)
    database.on_event("account.deleted", request_actions.forget_citizen)
    database.on_event("request.forgotten", open311.forget_person)
    database.on_event("request.filed", routing.keep_suggestion)
    database.on_event("request.assigned", routing.note_decision)
    database.on_event("request.merged", routing.note_merge)
    database.on_event("session.ended", inbox_actions.detach_devices)
    for change in ("account.edited", "preference.edited"):
        database.on_event(change, inbox_actions.move_devices)
    database.on_event("account.edited", request_actions.follow_name)
    database.on_event("calendar.set", redating.follow_calendar)
    database.on_event("media.worked", feed_actions.refresh_media)
    database.on_event("media.worked", live_aftermath.refresh_media)
    database.on_event("media.worked", special_actions.refresh_media)
    database.on_event("article.withdrawn", special_actions.refresh_articles)
    for change in ("catalogue.published", "catalogue.withdrawn"):
        database.on_event(change, feed_actions.refresh_cards)
        database.on_event(change, live_aftermath.refresh_cards)
        database.on_event(change, notice_aftermath.refresh_services)
        database.on_event(change, search.following_listed(sources, "item"))
    database.on_event("notice.withdrawn", work_actions.follow_notice)
    database.on_event("media.worked", interview_actions.refresh_media)
    database.on_event("article.withdrawn", comment_actions.follow_withdrawal)
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
    loaders = {
        "article": load_articles,
        "live": lives.load_lives,
        "live_entry": lives.load_entries,
        "special": specials.load_specials,
        "notice": notices.load_notices,
        "notice_draft": notices.load_notice_drafts,
        "public_alert": warnings_to_all.load_alerts,
        "cap_message": warnings_to_all.load_messages,
        "place": places.load_places,
        "work": works.load_works,
        "work_draft": works.load_work_drafts,
        "catalogue_entry": catalogue.load_entries,
        "story": newsroom.load_stories,
        "lock": newsroom.load_leases,
        "rendition": packages.load_renditions,
        "channel": publishing.load_channels,
        "publication": publishing.load_publications,
        "case": publishing.load_cases,
        "issue": newspaper.load_issues,
        "rundown": lambda s, ids, who: broadcast.load_rundowns(s, ids, who, database.clock.now()),
        "assessment_period": assessment.load_periods,
        "rule_set": assessment_decisions.load_rule_sets,
        "exam": exams.load_exams,
        "dictionary": dictionary_queries.load_versions,
        "scan_hit": dictionary_queries.load_hits,
        "metric_suspect": watch_queries.load_suspects,
        "opinion_item": monitoring.load_opinions,
        "opinion_rule": monitoring.load_rules,
        "alert": monitoring.load_alerts,
        "alarm": board.load_alarms,
        "duty": duty.load_turns,
        "handover": duty.load_handovers,
        "lead": planning.load_leads,
        "topic": planning.load_topics,
        "meeting": planning.load_meetings,
        "directive": planning.load_directives,
        "assignment": lambda s, ids, who: interview.load_assignments(s, ids, who, database.clock.now()),
        "material": lambda s, ids, who: interview.load_materials(s, ids, who, database.clock.now()),
        "request": requests.load_requests,
        "public_request": twins.load_public,
        "tip": tips.load_tips,
        "poll": polls.load_polls,
        "vote": polls.load_votes,
        "gathering": gatherings.load_gatherings,
        "guest_list": gatherings.load_guest_lists,
        "sign_up": gatherings.load_sign_ups,
        "trust": behalf.load_trusts,
        "bell": inbox.load_bells,
        "read": inbox.load_reads,
        "preference": inbox.load_preferences,
        "follow": follows.load_follows,
        "identity": identities.load_identities,
        "comment": comment_presentation.load_comments,
        "talk": comment_presentation.load_talks,
        "like": likes.load_likes,
        "bookmark": bookmarks.load_bookmarks,
        "me": lambda s, ids, audience: accounts.load_me(s, ids, audience, database.clock.now()),
        "session": accounts.load_sessions,
    }
    renderers = Renderers()
    for kind, load in loaders.items():
        renderers.register(kind, load)
    return renderers


def _search_sources(renderers: Renderers) -> Sources:
    """Say what can be found: what stands on the public streams, and the services."""
    sources = Sources(renderers)
    sources.placed("article", article_document)
    sources.placed("live", live_document)
    sources.placed("special", special_document)
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
    personal.register("reads", person_looks.export_reads, lambda _unit, _account: None)
    personal.register("consents", consents.export_consents, consents.forget_consents)
    personal.register("trusts", behalf.export_trusts, behalf_actions.forget_trusts)
    personal.register("twins", twins.export_twins, twin_actions.forget_twins)
    personal.register("tips", tips.export_tips, tip_actions.erase_tips)
    personal.register("votes", polls.export_votes, poll_actions.erase_votes)
    personal.register("sign_ups", gatherings.export_sign_ups, signing_up.erase_sign_ups)
    personal.register("inbox", inbox.export_inbox, inbox_actions.erase_inbox)
    # Uploads refer to what became of them, so they go first.
    personal.register("uploads", export_uploads, erase_uploads)
    kept = (requests.keeps_media, interview.keeps_media)
    personal.register("media", export_media, partial(erase_media, kept))
    personal.register("places", places.list_places, places.erase_places)
    personal.register("devices", inbox.export_devices, lambda _unit, _account: None)
    personal.register("preferences", inbox.export_preferences, lambda _unit, _account: None)
    personal.register("follows", follows.list_follows, follow_actions.erase_follows)
    personal.register("bookmarks", bookmarks.export_bookmarks, bookmark_actions.erase_bookmarks)
    personal.register("rings", export_rings, lambda _unit, _account: None)
    personal.register("comments", comment_queries.export_comments, comment_actions.erase_comments)
    # The reports go with the comments.
    personal.register("comment_reports", comment_queries.export_reports, lambda _unit, _account: None)
    personal.register("likes", likes.export_likes, like_actions.erase_likes)
    personal.register("identity", identities.export_identity, identity_actions.erase_identity)
    return personal


def handlers(app: Flask) -> dict[str, Handler]:
    """Return the handler of each kind of job."""
    settings: Settings = app.extensions["settings"]
    sms = _sms(settings)
    targets = installed_targets(settings, app.extensions["vapid_key"], sms)
    return {
        "sms.code": code_handler(sms, settings.secret_key),
        **_identity_jobs(settings),
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
        ERASE_JOB: erase_handler(app.extensions["media_store"]),
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
        poll_actions.CLOSE_JOB: poll_actions.close_poll,
        gathering_actions.CLOSE_JOB: gathering_actions.close_gathering,
        signing_up.LINE_JOB: signing_up.tell_desk,
        gathering_actions.TELL_JOB: tell_all,
        gathering_actions.REMIND_JOB: tell_all,
        RESEAL_JOB: reseal_handler(app.extensions["data_keys"]),
        REINDEX_JOB: reindex_handler(app.extensions["data_keys"]),
        HOUSEKEEPING: partial(sweep, app.extensions["media_store"]),
        reaper.KIND: reaper.sweep,
        rounds.KIND: rounds.round_handler(app.extensions["boards"]),
        **operation.HANDLERS,
        **Sender(targets, load_ceilings(settings.push_ceilings)).handlers,
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


def _identity_jobs(settings: Settings) -> dict[str, Handler]:
    handlers = {identity_actions.END_JOB: end_handler(settings.secret_key)}
    if checker := _real_name(settings):
        handlers[identity_actions.CHECK_JOB] = check_handler(checker, settings.secret_key)
    return handlers


def _real_name(settings: Settings) -> RealNameChecker | None:
    if settings.realname_url is not None:
        return HttpRealName(settings.realname_url, settings.realname_token)
    return LocalRealName() if settings.demo or settings.testing else None


def _sms(settings: Settings) -> SmsSender:
    if settings.sms_url is not None:
        return HttpSms(settings.sms_url, settings.sms_token)
    return ConsoleSms()


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
