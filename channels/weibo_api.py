"""Weibo's open interface: calls with one account's token, and errors told apart from answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.publishing.channel import File
from channels.http import HttpClient, Lost, Reply, object_in


class Refusal(Exception):
    """Weibo answered with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class WeiboApi:
    """Calls for one account. All of them raise `NotSent`, `Lost` and `Refusal`."""

    def __init__(self, http: HttpClient, access_token: str) -> None:
        self._http, self._access_token = http, access_token

    def get(self, path: str, **query: str) -> Any:
        """Ask for something."""
        return _checked(self._http.get(path, {"access_token": self._access_token, **query}))

    def post(self, path: str, fields: Mapping[str, str] | None = None, pic: File | None = None) -> dict[str, Any]:
        """Post a form, a multipart one where there is a picture.

        The interface wants `status` encoded as in an address. An ordinary form is, and in a multipart one it stands
        as it is: encoded once more, readers would see the percent signs.
        """
        files = {} if pic is None else {"pic": pic}
        given = {"access_token": self._access_token, **(fields or {})}
        return object_in(_checked(self._http.post_form(path, given, files)))


def _checked(reply: Reply) -> Any:
    answer = reply.content
    code = str(answer.get("error_code", "")) if isinstance(answer, dict) else ""
    if code.isdigit():
        raise Refusal(int(code), str(answer.get("error", "")))
    if reply.status != 200:
        raise Lost(f"http_{reply.status}")
    return answer
