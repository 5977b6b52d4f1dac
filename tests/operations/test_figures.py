"""The board and the alarms ask for figures that there are, and each alarm leads to words on what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests
import yaml

from tests.support.server import ROOT, Server

RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
BOARD = json.loads((ROOT / "deploy/grafana/ronghui.json").read_text(encoding="utf-8"))
_FUNCTIONS = {
    *("sum", "max", "by", "rate", "increase", "deriv", "changes", "topk"),
    *("histogram_quantile", "clamp_min", "and", "or", "up", "for"),
}


def names(expression: str) -> set[str]:
    """Return the figures that an expression asks for: its words, less labels, spans and functions."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)|\"[^\"]*\"", " ", expression)
    return set(re.findall(r"[a-z_]{2,}", bare)) - _FUNCTIONS


@pytest.fixture(scope="module")
def figures(server: Server) -> dict[str, set[str]]:
    """What `/metrics` gives: the labels of each figure."""
    server.anonymous().get("/no-such-place")
    found: dict[str, set[str]] = {}
    for line in requests.get(f"{server.url}/metrics", timeout=10).text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            endings = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
            found |= {name + ending: set() for ending in endings if name + ending not in found}
        elif not line.startswith("#") and "{" in line:
            name, _, rest = line.partition("{")
            found.setdefault(name, set()).update(re.findall(r'([a-z_]+)="', rest))
    return found


def expressions() -> list[tuple[str, str]]:
    panels = [(panel["title"], target["expr"]) for panel in BOARD["panels"] for target in panel["targets"]]
    return [(rule["alert"], rule["expr"]) for rule in RULES] + panels


@pytest.mark.parametrize(("about", "expression"), expressions())
def test_what_is_asked_for_is_there(figures: dict[str, set[str]], about: str, expression: str) -> None:
    asked = names(expression)
    assert asked or "up{" in expression, about
    assert asked <= figures.keys(), (about, asked - figures.keys())
    for name, labels in re.findall(r"([a-z_]+)\{([^}]*)\}", expression):
        wanted = set(re.findall(r"([a-z_]+)=", labels))
        assert name == "up" or not figures[name] or wanted <= figures[name] | {"outcome"}, (about, wanted)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alarm_leads_to_a_runbook(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    heads = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    # As the sites that show Markdown make anchors of headings.
    made = {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
    assert anchor in made, anchor
    assert rule["labels"]["severity"] in {"page", "ticket"}
