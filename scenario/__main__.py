"""`make scenario`: play a story out against a running server with real clients. Ends with 1 if anything is off.

NAME is the scenario, STORY the file it is about, URL the server. WITHIN_MS is how soon the last phone must have the
news (1000), PAUSE_S how long onlookers get to look before the next act (2).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
import socketio  # type: ignore[import-untyped]  # the library ships no types

from scenario import breaking, duty, hotline, kitchen, publish
from scenario.people import Refused
from scenario.report import Report
from scenario.stage import NotPossible, Stage

SCENARIOS: dict[str, Callable[[Stage], None]] = {
    "breaking": breaking.play,
    "duty": duty.play,
    "kitchen": kitchen.play,
    "publish": publish.play,
    "requests": hotline.play,
}
SAMPLES = Path(__file__).parent / "samples"


def main() -> int:
    """Play the scenario that the environment names; return the exit code."""
    # A proxy that is meant for the internet does not know this machine's own addresses.
    os.environ["NO_PROXY"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"]))
    report = Report()
    try:
        name = os.environ.get("NAME") or "breaking"
        _choose(name)(_stage(name, report))
    except NotPossible as reason:
        report.faults.append(str(reason))
    except Refused as refused:
        report.faults.append(f"服务拒绝了一步 (the server refused a step) — {refused}")
    except (requests.RequestException, socketio.exceptions.SocketIOError) as error:
        report.faults.append(f"连不上服务，先运行 make run (the server does not answer; `make run` first) — {error}")
    except KeyboardInterrupt:
        report.faults.append("中途停下了 (interrupted)")
    return report.finish()


def _choose(name: str) -> Callable[[Stage], None]:
    if name not in SCENARIOS:
        raise NotPossible(f"没有叫 {name} 的场景，可选 (no such scenario; there are)：{'、'.join(SCENARIOS)}")
    return SCENARIOS[name]


def _stage(name: str, report: Report) -> Stage:
    path = Path(os.environ.get("STORY") or SAMPLES / f"{name}.json")
    url = os.environ.get("URL", "http://127.0.0.1:8000").rstrip("/")
    return Stage(url, _read(path), report, _number("WITHIN_MS", 1000), _number("PAUSE_S", 2))


def _read(path: Path) -> dict[str, Any]:
    try:
        story = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotPossible(f"读不到文件 {path} (the file cannot be read)：{error.strerror}") from None
    except ValueError as error:
        raise NotPossible(f"{path} 不是 JSON (not JSON)：{error}") from None
    if not isinstance(story, dict):
        raise NotPossible(f"{path} 应是一个 JSON 对象 (should be a JSON object)")
    return story


def _number(name: str, otherwise: float) -> float:
    try:
        return float(os.environ.get(name) or otherwise)
    except ValueError:
        raise NotPossible(f"{name} 应是一个数 (should be a number)") from None


if __name__ == "__main__":
    sys.exit(main())
