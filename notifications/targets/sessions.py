"""The line to a vendor: one try a call, and nothing on it that we did not put there."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter


class _Direct(HTTPAdapter):
    """Carries what goes to a fake, which is on this machine and behind no proxy."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send once, without a proxy."""
        return super().send(request, *args, **{**kwargs, "proxies": None})


def one_try_session(kept: int) -> requests.Session:
    """Make a session for many threads that keeps up to `kept` connections to each host for the next call.

    The job queue does the waiting, so nothing is tried twice. No vendor speaks without TLS: an address with `http:` is
    that of a fake.
    """
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=kept, max_retries=0))
    session.mount("http://", _Direct(pool_maxsize=kept, max_retries=0))
    # No vendor needs a cookie, and all threads would share it.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Given none, `requests` would look for a password in `~/.netrc` and put it in the place of what we sign with.
    session.auth = _leave_alone
    return session


def _leave_alone(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
