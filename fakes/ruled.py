"""What all fakes with rules of misbehaviour have in common: a server, its rules, and how a test steers it over HTTP.

`POST /_fake/rules` with `{"rules": [{…}]}` (see `fakes.trouble.Trouble`) and `POST /_fake/reset` are everybody's.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from fakes.http_server import Answer, Call, HttpServer, json_answer
from fakes.trouble import Troubles, parse_rule

DONE = json_answer(200, {})


class RuledFake:
    """A fake server. What the endpoints under `/_fake/` do, its methods do from within the process.

    A subclass starts `_server` when it is ready, answers calls in `_serve` and its own controls in `_control`.
    """

    def __init__(self, host: str, port: int) -> None:
        self._troubles = Troubles()
        self._server = HttpServer(self._answer, host, port)
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"

    def stop(self) -> None:
        """Go down: the port is closed and open connections are cut. Twice is no error."""
        self._server.stop()

    def rule(self, **given: Any) -> None:
        """Add a rule before the others; the fields are those of `fakes.trouble.Trouble`."""
        self._troubles.add(parse_rule(given))

    def behave(self) -> None:
        """Forget the rules; what was taken stays."""
        self._troubles.clear()

    def met(self) -> Counter[str]:
        """Return how often each kind of trouble was made."""
        return self._troubles.met()

    def reset(self) -> None:
        """Forget everything."""
        self._troubles.clear()

    def _answer(self, call: Call) -> Answer:
        if not call.path.startswith("/_fake/"):
            return self._serve(call)
        what = f"{call.method} {call.path.removeprefix('/_fake/')}"
        try:
            return (
                self._common(what, call) or self._control(what, call) or json_answer(404, {"error": "no such control"})
            )
        except (ValueError, KeyError, TypeError) as problem:
            return json_answer(400, {"error": str(problem)})

    def _common(self, what: str, call: Call) -> Answer | None:
        match what:
            case "POST rules":
                # The first of a list is the first to be asked, so it is added last.
                for rule in reversed([parse_rule(given) for given in call.json()["rules"]]):
                    self._troubles.add(rule)
            case "POST reset":
                self.reset()
            case _:
                return None
        return DONE

    def _serve(self, call: Call) -> Answer:
        raise NotImplementedError

    def _control(self, what: str, call: Call) -> Answer | None:
        raise NotImplementedError


def refusal(status: int) -> Answer:
    """Write an error of a fake whose vendor has no way of its own to write it."""
    return json_answer(status, {"error": "as told"})


def run(
    fake: Callable[..., RuledFake], what: str, port: int, options: Sequence[str], arguments: list[str] | None
) -> None:
    """Run a fake as a program until it is told to stop; `options` are named arguments that it takes besides."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port)
    for name in options:
        parser.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS)
    given = vars(parser.parse_args(arguments))
    running = fake(**given)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sys.stdout.write(f"{running.url}\n")
    sys.stdout.flush()
    stop.wait()
    running.stop()
