"""How the Firebase SDK reaches the network: one try a call, one sign-in at a time, and an address of our choice."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import requests
from google.auth import credentials, exceptions
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter

VENDOR = "https://fcm.googleapis.com"
_SCOPES = ("https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform")
# Connections kept for the next call: several jobs may send side by side, each with a hundred calls in flight.
_KEPT_CONNECTIONS = 400


class VendorAdapter(HTTPAdapter):
    """Carries every call once. The job queue does the waiting; the SDK's own retries would block a worker for 29 s.

    `endpoint` takes the place of the vendor's address and is reached without a proxy.
    """

    def __init__(self, endpoint: str | None) -> None:
        super().__init__(pool_connections=2, pool_maxsize=_KEPT_CONNECTIONS, max_retries=0)
        self._endpoint = endpoint

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send once.

        Raises:
            requests.ConnectionError: nobody answered, or something between us and the vendor did.
        """
        if self._endpoint and request.url:
            request.url = self._endpoint + request.url.removeprefix(VENDOR)
            kwargs["proxies"] = None
        response = super().send(request, *args, **kwargs)
        if not _is_vendors(response):
            # One page of a gateway in a batch would make `send_each` forget what came of all the others.
            raise requests.ConnectionError(f"status {response.status_code} is not the vendor's", request=request)
        return response


def use_environment_once(session: requests.Session) -> None:
    """Look now for what the environment says of proxies and certificates, and not again for each message.

    That took a fifth of a message's time. A password in `~/.netrc` is not looked for at all.
    """
    said = session.merge_environment_settings(VENDOR, {}, None, None, None)
    session.proxies, session.verify, session.trust_env = dict(said["proxies"]), said["verify"], False


class ServiceAccount(credentials.Credentials):
    """A service account's access token, fetched once for all threads that need it.

    The SDK's own would fetch one for each of the calls in flight, and would ask another service of Google for
    regional limits, which messaging has no use for and which a fake vendor does not have.
    """

    def __init__(self, info: Mapping[str, str], *, timeout_s: float, direct: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # google-auth is typed in parts.
        self._account = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            info, scopes=_SCOPES
        )
        self._request = _TokenRequest(timeout_s, direct=direct)
        self._lock = threading.Lock()
        self._turn = 0
        self._failure: exceptions.GoogleAuthError | None = None

    def refresh(self, request: Any) -> None:  # The SDK's transport would retry; ours does not.
        """Fetch a token, or share what came of the fetch that ran while this thread waited.

        Raises:
            google.auth.exceptions.GoogleAuthError: the vendor refused or was not there.
        """
        seen = self._turn
        with self._lock:
            if self._turn == seen:
                self._fetch()
                self._turn += 1
            if self._failure is not None:
                raise self._failure

    def _fetch(self) -> None:
        self._failure = None
        try:
            self._account.refresh(self._request)
        except exceptions.GoogleAuthError as error:
            self._failure = error
        else:
            # The expiry first: a thread that looks in between must not find a new token that seems to be old.
            self.expiry, self.token = self._account.expiry, self._account.token

    def close(self) -> None:
        """Give the connection back."""
        self._request.session.close()


class _TokenRequest(Request):
    """The transport of the sign-in: with a time-out, and without the pauses that google-auth makes between tries."""

    def __init__(self, timeout_s: float, *, direct: bool) -> None:
        session = requests.Session()
        session.trust_env = not direct
        super().__init__(session)
        self._timeout_s = timeout_s

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["timeout"] = self._timeout_s
        response = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]
        if response.status >= 500 or response.status in {408, 429}:
            raise exceptions.TransportError(f"token endpoint: {response.status}")  # type: ignore[no-untyped-call]
        return response


def _is_vendors(response: requests.Response) -> bool:
    """Tell whether the answer has the shape that the SDK can read without stumbling."""
    try:
        body = response.json()
    except ValueError:
        return response.ok and not response.content
    if not isinstance(body, dict):
        return False
    return response.ok or _is_error(body.get("error"))


def _is_error(error: Any) -> bool:
    details = error.get("details", []) if isinstance(error, dict) else None
    return isinstance(details, list) and all(isinstance(detail, dict) for detail in details)
