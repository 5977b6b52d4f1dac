"""WeChat's server interface: calls with the account's shared token, and errors told apart from answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from backend.publishing.channel import File, Shelf
from channels.http import HttpClient, Lost, NotSent, Reply, object_in, objects_in, word_in

_SIGN_IN = "/cgi-bin/stable_token"
# The token is wrong, ran out, or was replaced by a newer one.
BAD_TOKEN = {40001, 40014, 42001}
# What WeChat calls a draft or a file that it does not have, and an article.
NO_MEDIA, NO_ARTICLE = 40007, 53600
PAGE = 20


class Refusal(Exception):
    """WeChat answered with an error. `at_token` says that it was about our own credentials, not about the call."""

    def __init__(self, code: int, message: str, *, at_token: bool = False) -> None:
        super().__init__(code)
        self.code, self.message, self.at_token = code, message, at_token


class WechatApi:
    """Calls for one account. All of them raise `NotSent`, `Lost` and `Refusal`."""

    def __init__(self, http: HttpClient, app_id: str, app_secret: str, shelf: Shelf) -> None:
        self._http, self._shelf = http, shelf
        self._app_id, self._app_secret = app_id, app_secret

    def ask(self, path: str, content: Mapping[str, Any], need: str | None = None) -> dict[str, Any]:
        """Post JSON; an answer without the field `need` is none."""
        return self._with_token(lambda token: self._http.post_json(path, content, {"access_token": token}), need)

    def read(self, path: str, need: str | None = None) -> dict[str, Any]:
        """Ask for what needs no words."""
        return self._with_token(lambda token: self._http.get(path, {"access_token": token}), need)

    def upload(self, path: str, file: File, need: str, **query: str) -> str:
        """Upload a file; return what WeChat calls it."""
        sent = self._with_token(
            lambda token: self._http.post_form(path, {}, {"media": file}, {"access_token": token, **query}), need
        )
        return word_in(sent, need)

    def articles(self, pages: int) -> Iterator[dict[str, Any]]:
        """Yield what is out, newest first, without its text."""
        for number in range(pages):
            asked = {"offset": number * PAGE, "count": PAGE, "no_content": 1}
            items = objects_in(self.ask("/cgi-bin/freepublish/batchget", asked, "item_count").get("item", []))
            yield from items
            if len(items) < PAGE:
                return

    def _with_token(self, send: Callable[[str], Reply], need: str | None) -> dict[str, Any]:
        token = self._token(None)
        try:
            return _checked(send(token), need)
        except Refusal as refusal:
            if refusal.code not in BAD_TOKEN:
                raise
        return _checked(send(self._token(token)), need)

    def _token(self, refused: str | None) -> str:
        try:
            return self._shelf.token(refused, lambda: self._fetch(refused))
        except Lost as trouble:
            # Without a token nothing was said, so nothing can have been taken.
            raise NotSent(trouble.code) from trouble

    def _fetch(self, refused: str | None) -> tuple[str, int]:
        """Get the token in force; a forced one, of which there are 20 a day, only where that is the refused one."""
        token, lasts = self._issue(force=False)
        return self._issue(force=True) if token == refused else (token, lasts)

    def _issue(self, *, force: bool) -> tuple[str, int]:
        asked = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._app_secret,
            "force_refresh": force,
        }
        try:
            answer = _checked(self._http.post_json(_SIGN_IN, asked), "access_token")
        except Refusal as refusal:
            raise Refusal(refusal.code, refusal.message, at_token=True) from refusal
        lasts = answer.get("expires_in")
        return word_in(answer, "access_token"), lasts if isinstance(lasts, int) else 0


def first_news(content: Any) -> dict[str, Any]:
    """Return the first article of several that were written in one; ours are always the only one.

    Raises:
        Lost: there is none.
    """
    found = objects_in(object_in(content).get("news_item"))
    if not found:
        raise Lost("not_understood")
    return found[0]


def _checked(reply: Reply, need: str | None) -> dict[str, Any]:
    answer = reply.content
    code = answer.get("errcode", 0) if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(code, int):
        raise Lost("not_understood")
    if code != 0:
        raise Refusal(code, str(answer.get("errmsg", "")))
    if reply.status != 200 or (need is not None and answer.get(need) in (None, "")):
        raise Lost("not_understood")
    return answer
