"""Commands of search and the routing aid: `flask --app wsgi search rebuild`, `flask --app wsgi routing words FILE`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from typing import BinaryIO

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DBAPIError

from backend.routing.actions import put_words
from backend.routing.dictionary import read_words
from backend.search import actions
from backend.unit_of_work import Database


def progress(done: int, of: int) -> None:
    """Tell a person at a terminal how far it is."""
    if sys.stderr.isatty():
        click.echo(f"\r{done} / {of} …", nl=False, err=True)


def install(app: Flask, database: Database) -> None:
    """Register the commands."""
    group = AppGroup("search", help="Keep the index of search.")
    app.cli.add_command(group)
    sources = app.extensions["search_sources"]

    @group.command("rebuild")
    @click.option("--check", "only_check", is_flag=True, help="Compare only; change nothing.")
    @with_appcontext
    def rebuild(*, only_check: bool) -> None:
        """Make the index from what is public now, and say whether it was the same before."""
        if only_check:
            with database.reading() as session:
                _tell(actions.check(session, sources, progress))
        else:
            with database.unit() as unit:
                found = actions.rebuild(unit.session, sources, progress)
            _tell(found)

    routing = AppGroup("routing", help="Keep the routing aid.")
    app.cli.add_command(routing)

    @routing.command("words")
    @click.argument("file", type=click.File("rb"))
    @with_appcontext
    def words(file: BinaryIO) -> None:
        """Put the words of a TOML table in the place of those that the aid knows."""
        try:
            found = list(read_words(tomllib.load(file)))
            with database.unit() as unit:
                put_words(unit.session, found)
        except (tomllib.TOMLDecodeError, KeyError, TypeError, DBAPIError) as error:
            raise click.ClickException(f"词表读不了 (the words cannot be read): {type(error).__name__}") from None
        click.echo(f"已载入 {len(found)} 个词 words are known")


def _tell(found: Sequence[actions.Compared]) -> None:
    for each in found:
        click.echo(f"{'一致 same' if each.equal else '不同 differs':12}  {each.name:10} {each.kept}  {each.made}")
    if not all(each.equal for each in found):
        sys.exit(1)
