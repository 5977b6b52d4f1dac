"""What reads the code itself: the scan for secrets, and the rules that ruff applies."""

from __future__ import annotations

import re
import tomllib

import pytest

from deploy.secrets_scan import finds, tracked
from tests.support.server import ROOT

# Put together here, so that the scan does not find them in this file.
PLANTED = {
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----\\nMIIEpAIBAAKCAQEAyV3",
    "a key of a cloud": "id = LTAI" + "5tKb9QmXw2Zr8Vn3",
    "a token of a code host": "ghp_" + "a1B2c3D4" * 4 + "e5F6",
    "a token of a registry": "npm_" + "a1B2c3D4" * 4 + "e5F6",
    "a token of a messenger": "xoxb-" + "123456789012-abcdef",
    "a key of an API": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "a signed token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiJhIn0aa" + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ",
    "a password in an address": "postgresql" + "://app:hunter2secret@db.ronghui.cn/house",
    "a random value that is called a secret": "SMS_TOKEN" + ' = "q8Zr2Lw9Xk4Tn7Vb1Mj6Hd3Pc5"',
}


needs_git = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="SKIPPED: what git keeps is known to git alone")


@needs_git
def test_no_file_in_git_holds_a_secret() -> None:
    found = [
        (str(path.relative_to(ROOT)), *each)
        for path in tracked()
        if path.is_file()
        for each in finds(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []


@pytest.mark.parametrize("kind", PLANTED)
def test_a_secret_that_is_planted_is_found_and_not_repeated(kind: str) -> None:
    assert (2, kind) in list(finds(f"# nothing here\n{PLANTED[kind]}\n"))
    assert list(finds(f"{PLANTED[kind]}  # no-secret: an example")) == []


@needs_git
def test_the_rules_on_security_hold_for_all_that_runs_and_each_exception_says_why() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not [rule for rule in lint["ignore"] if re.fullmatch(r"S[0-9]*", rule)]
    # What does not run in the house, and says so.
    assert {name for name, rules in lint["per-file-ignores"].items() if "S" in rules} == {
        *("tests/**", "bench/**", "scenario/**", "fakes/**"),
    }
    bare = []
    for path in tracked():
        if path.suffix == ".py" and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                # The rule's number, and no second comment behind it.
                if re.search(r"# noqa: [^#]*\bS[0-9]{3}\b[^#]*$", line):
                    bare.append((path.name, line.strip()))
    assert bare == []
