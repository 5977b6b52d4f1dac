"""The pages that promise something name the test that shows it; here it is seen that there is such a test."""

from __future__ import annotations

import re

import pytest

from tests.support.server import ROOT

# Some of them are written by others, and checked as soon as they are there.
PAGES = ("security.md", "privacy.md", "operations.md")
NAMED = re.compile(r"`(?:tests/[\w/]+\.py::)?(test_\w+)`")
KINDS = set("STRIDE")


def written() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("page", [name for name in PAGES if (ROOT / "docs" / name).exists()])
def test_every_test_that_a_page_promises_exists(page: str) -> None:
    named = set(NAMED.findall((ROOT / "docs" / page).read_text("utf-8")))
    assert named, "a page that promises says which test shows it"
    assert sorted(named - written()) == []


def test_every_threat_has_a_measure_and_a_test_and_every_flow_all_six_kinds() -> None:
    flows = (ROOT / "docs" / "security.md").read_text("utf-8").split("\n## ")[2:-1]
    assert len(flows) == 9
    for flow in flows:
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in flow.splitlines() if line.startswith("| ")
        ]
        kinds = {row[0] for row in rows[1:]}
        assert kinds == KINDS, flow.splitlines()[0]
        assert [row for row in rows[1:] if len(row) != 4 or not row[2] or not NAMED.search(row[3])] == []
