"""People who use the house over HTTP."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import requests

TIMEOUT_S = 60
_phones = itertools.count(13_900_000_000)


class Refused(AssertionError):
    """The server answered otherwise than the story needs; `problem` is the body of its refusal, if it gave one."""

    def __init__(self, message: str, problem: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.problem = problem or {}


class Person:
    """An HTTP client with a token."""

    def __init__(self, url: str, tokens: dict[str, Any] | None = None) -> None:
        self.url, self.api = url, f"{url}/api/v1"
        self.tokens = tokens
        self._local = threading.local()

    @property
    def id(self) -> str:
        """The account's id."""
        return str((self.tokens or {})["user"]["id"])

    @property
    def token(self) -> str | None:
        """The access token."""
        return self.tokens["access_token"] if self.tokens else None

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request below the API's base; any answer is returned as it is."""
        headers = options.pop("headers", {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        options.setdefault("timeout", TIMEOUT_S)
        response: requests.Response = self._local.session.request(method, self.api + path, headers=headers, **options)
        return response

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET."""
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        """Send a POST; without a body given it is an empty object, as commands without fields take it."""
        if json is None and "files" not in options and "data" not in options:
            json = {}
        return self.call("POST", path, json=json, **options)

    def patch(self, path: str, json: Any, ver: int | None = None, **options: Any) -> requests.Response:
        """Send a PATCH of the version `ver`."""
        headers = options.pop("headers", {}) | ({"If-Match": f'"{ver}"'} if ver is not None else {})
        return self.call("PATCH", path, json=json, headers=headers, **options)

    def put(self, path: str, json: Any, **options: Any) -> requests.Response:
        """Send a PUT."""
        return self.call("PUT", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        """Send a DELETE."""
        return self.call("DELETE", path, **options)

    def does(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """Send a request that must succeed, and return its body.

        Raises:
            Refused: with the server's words.
        """
        if method == "POST" and json is None and "files" not in options:
            json = {}
        response = self.call(method, path, json=json, **options)
        if not response.ok:
            words = f"{method} {path}: {response.status_code} {response.text[:500]}"
            raise Refused(words, _problem_of(response))
        return response.json() if response.content else None


def _problem_of(response: requests.Response) -> dict[str, Any]:
    given = "problem+json" in response.headers.get("Content-Type", "")
    return dict(response.json()) if given else {}


def renew(person: Person) -> None:
    """Exchange a person's refresh token, as an app does before the access token is a quarter of an hour old."""
    form = {"grant": "refresh", "refresh_token": (person.tokens or {})["refresh_token"]}
    person.tokens = Person(person.url).does("POST", "/auth/tokens", form)


def sign_in_staff(url: str, username: str) -> Person:
    """Sign a member of the demo's staff in."""
    form = {"grant": "password", "username": username, "password": f"demo-{username}"}
    return Person(url, Person(url).does("POST", "/auth/tokens", form))


def sign_in_citizen(url: str, phone: str | None = None) -> Person:
    """Sign a citizen in by the code that the demo shows; a new one unless a phone is given."""
    phone = phone or f"+86{next(_phones)}"
    code = Person(url).does("POST", "/auth/codes", {"phone": phone})["demo_code"]
    form = {"grant": "sms", "phone": phone, "code": code}
    return Person(url, Person(url).does("POST", "/auth/tokens", form))
