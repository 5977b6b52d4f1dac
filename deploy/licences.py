"""Lists the licence of each package that runs, as Markdown, and fails on one that does not go with MIT."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
APP_LOCK = ROOT / "web" / "package-lock.json"
# What of the packages travels to browsers: to phones, and to the desks alone; the rest builds it.
IN_BROWSERS = (
    *("vue", "vue-router", "idb", "hls.js", "workbox-precaching", "workbox-routing"),
    *("element-plus", "echarts", "@tanstack/vue-virtual", "@tiptap/starter-kit", "@tiptap/pm"),
)
# LGPL is kept by using the library as it is, from its own package; MPL covers its own files only.
COMPATIBLE = re.compile(r"MIT|BSD|Apache|ISC|PSF|Python|MPL|Mozilla|LGPL|Lesser|HPND|Unlicense|0BSD|CC0", re.IGNORECASE)


def packages() -> list[Distribution]:
    """Return what the lock file names."""
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return [distribution(name) for name in names]


def licence_of(package: Distribution) -> str:
    """Return what a package says of its licence."""
    metadata = package.metadata
    classifiers = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier", []) if "License ::" in line]
    named = [metadata[field] for field in ("License-Expression", "License") if field in metadata]
    found = named if "License-Expression" in metadata else [" / ".join(classifiers), *named, "unknown"]
    return next(str(words).splitlines()[0] for words in found if words)


def in_browsers() -> list[tuple[str, str, str]]:
    """Return name, version and licence of what travels to browsers, and of what that needs, from their lock."""
    locked = json.loads(APP_LOCK.read_text(encoding="utf-8"))["packages"]
    wanted, rows = list(IN_BROWSERS), {}
    while wanted:
        name = wanted.pop()
        package = locked.get(f"node_modules/{name}")
        # Types and the like are named, and may be left out.
        if package is None or name in rows:
            continue
        rows[name] = (name, str(package["version"]), str(package.get("license", "unknown")))
        wanted += package.get("dependencies", {})
    return sorted(rows.values())


def main() -> int:
    """Print the table; return 1 if a licence does not fit."""
    rows = [(package.metadata["Name"], package.version, licence_of(package)) for package in packages()]
    rows += in_browsers()
    sys.stdout.write("# Licences of what runs\n\nMade by `make licences`. Ronghui itself is MIT.\n\n")
    sys.stdout.write("| package | version | licence |\n|---|---|---|\n")
    for row in rows:
        sys.stdout.write("| {} | {} | {} |\n".format(*row))
    unfit = [row for row in rows if not COMPATIBLE.search(row[2])]
    for name, _version, licence in unfit:
        sys.stderr.write(f"not compatible with MIT: {name} ({licence})\n")
    return 1 if unfit else 0


if __name__ == "__main__":
    sys.exit(main())
