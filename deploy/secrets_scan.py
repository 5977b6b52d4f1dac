"""Looking for secrets in the files that git keeps: what is committed once is known to everybody for ever.

Run as `python -m deploy.secrets_scan`; prints each find by file, line and kind, never the secret, and ends with 1. A
line that only looks like one says why behind `no-secret:`.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXEMPT = "no-secret:"
# Fixed shapes that their makers gave them so that they can be found.
SHAPES = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*(?:\\n)?[A-Za-z0-9+/]{16}",
    "a key of a cloud": r"\b(?:AKIA|ASIA|LTAI|AKID)[0-9A-Za-z]{12,28}\b",
    "a token of a code host": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|glpat-[0-9A-Za-z_-]{20}|github_pat_\w{40,})",
    "a token of a registry": r"\b(?:pypi-AgEI[0-9A-Za-z_-]{50}|npm_[0-9A-Za-z]{36})",
    "a token of a messenger": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a key of an API": r"\b(?:AIza[0-9A-Za-z_-]{35}|sk-[0-9A-Za-z]{32,})\b",
    "a signed token": r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,}",
    # With one that is no placeholder, and not of a machine that only examples name.
    "a password in an address": (
        r"\b[a-z][a-z+]{2,12}://(?!user:(?:pass)?word@)[^\s:/@'\"{}<>$]{1,40}:[^\s:/@'\"{}<>$]{3,80}@"
        r"(?!127\.|localhost|[\w.-]{0,60}example)"
    ),
}
# And what somebody calls a secret, where the value is as random as one.
NAMED = re.compile(
    r"""(?i)\b\w{0,30}(?:secret|passw(?:or)?d|api_?key|access_?key|token|private_?key)\w{0,10}["']?\s{0,4}[:=]\s{0,4}"""
    r"""["']([0-9A-Za-z+/_=-]{24,200})["']"""
)
RANDOM_BITS = 4.2
# Files of others, pinned by their hashes, are long rows of random letters.
SKIPPED = re.compile(r"(?:\.lock|package-lock\.json|\.(?:png|jpg|ico|woff2|pdf|mp4|webp|xlsx?))$")


def finds(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the kind of each thing that looks like a secret."""
    for number, line in enumerate(text.splitlines(), start=1):
        if EXEMPT in line or len(line) > 5_000:
            continue
        yield from ((number, kind) for kind, shape in SHAPES.items() if re.search(shape, line))
        for value in NAMED.findall(line):
            if bits(value) > RANDOM_BITS and not value.isalpha():
                yield number, "a random value that is called a secret"


def bits(value: str) -> float:
    """Return how many bits a character of this text says; words say about three, random letters over four."""
    counts = Counter(value)
    return -sum(each / len(value) * math.log2(each / len(value)) for each in counts.values())


def tracked() -> list[Path]:
    """List the files that git keeps."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607  # whichever git there is
    return [ROOT / name for name in listed.decode().split("\0") if name and not SKIPPED.search(name)]


def main() -> int:
    """Print what was found."""
    if not (ROOT / ".git").exists():
        sys.stdout.write("SKIPPED: the scan for secrets needs git\n")
        return 0
    found = 0
    for path in tracked():
        if not path.is_file():
            continue
        for number, kind in finds(path.read_text(encoding="utf-8", errors="ignore")):
            found += 1
            sys.stdout.write(f"{path.relative_to(ROOT)}:{number}: {kind}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
