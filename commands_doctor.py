"""`flask --app wsgi doctor`: is everything as it should be?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from flask import Flask
from flask.cli import with_appcontext

from backend.unit_of_work import Database

_MARKS = {"good": "✓", "look": "!", "bad": "✗"}


def install(app: Flask, database: Database) -> None:
    """Register the command."""

    @app.cli.command("doctor")
    @click.option("--offline", is_flag=True, help="Ask no vendor.")
    @click.option("--json", "as_json", is_flag=True, help="For a program: one object a line.")
    @with_appcontext
    def doctor(*, offline: bool, as_json: bool) -> None:
        """Look at settings, clock, database, jobs, log, disk, keys, programs and vendors; 1 if something is bad."""
        # It asks for the whole house; other commands start without.
        from deploy.doctor import Level, examine  # noqa: PLC0415

        bad = 0
        for finding in examine(app.extensions["settings"], database, ask_vendors=not offline):
            bad += finding.level == Level.BAD
            if as_json:
                click.echo(json.dumps(asdict(finding), ensure_ascii=False))
            else:
                click.echo(f"{_MARKS[finding.level]} {finding.about}　{finding.words}")
        if bad:
            sys.exit(1)
