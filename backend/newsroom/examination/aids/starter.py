"""The dictionary that ships: small and neutral, to show each rule at work. A centre loads its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_PATH = Path(__file__).with_name("starter.json")


def content() -> dict[str, Any]:
    """Return the starter dictionary in the form that `compile_lexicon` takes: `{words, persons, samples}`."""
    loaded: dict[str, Any] = json.loads(_PATH.read_text(encoding="utf-8"))
    return loaded
