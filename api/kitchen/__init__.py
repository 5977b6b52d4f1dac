"""The Central Kitchen over HTTP: one module a section, all under `/kitchen`."""

from __future__ import annotations

from functools import partial

from api.edge import route

# Whoever works in the kitchen has a bad line at times and presses twice: every command of it carries a key.
command = partial(route, keyed=True)
