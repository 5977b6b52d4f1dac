"""The endpoints that are Google's: the sign-in, sending, and topics as today's SDK and older ones ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from fakes.fcm_account import TokenOffice, refuse
from fakes.fcm_checks import ERRORS, TOPIC, error, find_violation, invalid, not_found, unauthenticated
from fakes.fcm_rules import GATEWAY, LOST, OK, Rule, Rules
from fakes.fcm_store import Store, name_message
from fakes.http_server import Answer, Call, json_answer

_NAME = "([^/]+)"
_PROJECT = f"/v1/projects/{_NAME}"
# As a proxy in front of us would write it: no JSON, and not even UTF-8.
_GATEWAY_PAGE = "<html><h1>502 网关错误</h1></html>".encode("gbk")
_DEFAULT_RETRY_AFTER_S = {"QUOTA_EXCEEDED": 60}


class Vendor:
    """Google, as far as the SDK sees it."""

    def __init__(self, store: Store, rules: Rules, tokens: TokenOffice) -> None:
        self._store, self._rules, self._tokens = store, rules, tokens
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
            ("POST", re.compile("/token"), self._sign_in),
            ("POST", re.compile(f"{_PROJECT}/messages:send"), self._send),
            ("POST", re.compile(f"{_PROJECT}/registrations/{_NAME}/topicSubscriptions"), self._subscribe),
            ("DELETE", re.compile(f"{_PROJECT}/registrations/{_NAME}/topicSubscriptions/{_NAME}"), self._unsubscribe),
            ("POST", re.compile("/iid/v1:(batchAdd|batchRemove)"), self._iid),
        ]

    def answer(self, call: Call) -> Answer:
        """Answer one call."""
        for method, pattern, handle in self._routes:
            found = pattern.fullmatch(call.path)
            if found and method == call.method:
                if call.path != "/token" and not self._tokens.knows(call):
                    return unauthenticated()
                return handle(call, *map(unquote, found.groups()))
        return not_found()

    def _sign_in(self, call: Call) -> Answer:
        rule = self._rules.choose("oauth")
        trouble = _trouble(rule)
        return trouble or _as_ruled(self._tokens.issue(call), rule)

    def _send(self, call: Call, project: str) -> Answer:
        body = _read(call)
        violation = find_violation(body)
        if violation:
            self._store.count_refusal("INVALID_ARGUMENT")
            return invalid(*violation)
        message = body["message"]
        rule = self._rules.choose("send", message.get("token"), message.get("topic"))
        trouble = _trouble(rule)
        if trouble:
            self._store.count_refusal(rule.answer)
            return trouble
        if body.get("validate_only"):
            return json_answer(200, {"name": name_message(project, 0)})
        return _as_ruled(json_answer(200, {"name": self._store.take(project, message)}), rule)

    def _subscribe(self, call: Call, _project: str, token: str) -> Answer:
        topic = call.query.get("topic_name", "")
        return self._change_topic(topic, token, add=True)

    def _unsubscribe(self, _call: Call, _project: str, token: str, topic: str) -> Answer:
        return self._change_topic(topic, token, add=False)

    def _change_topic(self, topic: str, token: str, *, add: bool) -> Answer:
        if not TOPIC.fullmatch(topic):
            return invalid("topic_name", "Invalid topic name.")
        rule = self._rules.choose("topics", token, topic)
        trouble = _trouble(rule)
        if trouble:
            self._store.count_refusal(rule.answer)
            return trouble
        if not add:
            self._store.unsubscribe(topic, token)
        elif not self._store.subscribe(topic, token):
            return error("QUOTA_EXCEEDED", 60)
        return _as_ruled(json_answer(200, {}), rule)

    def _iid(self, call: Call, operation: str) -> Answer:
        body = _read(call)
        topic = body.get("to") if isinstance(body, dict) else None
        tokens = body.get("registration_tokens") if isinstance(body, dict) else None
        if not isinstance(topic, str) or not isinstance(tokens, list) or not 0 < len(tokens) <= 1000:
            return json_answer(400, {"error": "InvalidRequest"})
        name, add = topic.removeprefix("/topics/"), operation == "batchAdd"
        answers = [self._change_topic(name, str(token), add=add) for token in tokens]
        # One answer for all, and only one word for whatever was wrong with a token.
        return json_answer(200, {"results": [{} if one.status == 200 else {"error": "NOT_FOUND"} for one in answers]})


def _trouble(rule: Rule) -> Answer | None:
    """Return what the rule answers in place of doing it; None if it is to be done."""
    if rule.answer == GATEWAY:
        return Answer(502, _GATEWAY_PAGE, content_type="text/html", delay_s=rule.delay_s)
    if rule.answer in ERRORS and rule.on != "oauth":
        wait = rule.retry_after_s if rule.retry_after_s is not None else _DEFAULT_RETRY_AFTER_S.get(rule.answer)
        return error(rule.answer, wait, delay_s=rule.delay_s)
    if rule.answer == "UNAVAILABLE":
        return json_answer(503, {"error": "internal_failure"}, delay_s=rule.delay_s)
    return None if rule.answer in {OK, LOST} else refuse("The account is not allowed to sign in.")


def _as_ruled(answer: Answer, rule: Rule) -> Answer:
    """Make an answer late, or lose it, as the rule says."""
    return Answer(answer.status, answer.body, answer.headers, delay_s=rule.delay_s, cut=rule.answer == LOST)


def _read(call: Call) -> Any:
    """Return the JSON of the body; None, which no endpoint takes, if there is none."""
    try:
        return call.json()
    except (ValueError, RecursionError):
        return None
