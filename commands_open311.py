"""Commands for the keys of Open311's clients: `flask --app wsgi open311 key | keys | revoke`."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from backend.errors import AppError
from backend.open311 import keys
from backend.unit_of_work import Database


def install(app: Flask, database: Database) -> None:
    """Register the commands."""
    group = AppGroup("open311", help="Keys of Open311 clients.")
    app.cli.add_command(group)

    @group.command("key")
    @click.argument("name")
    @click.option("--per-minute", type=click.IntRange(1, 100_000), default=keys.PER_MINUTE, show_default=True)
    @click.option("--per-day", type=click.IntRange(1, 10_000_000), default=keys.PER_DAY, show_default=True)
    @with_appcontext
    def key(name: str, per_minute: int, per_day: int) -> None:
        """Make a key for a client and show it, this once."""
        if not 1 <= len(name.strip()) <= 40:
            raise click.ClickException("名称要 1 到 40 个字 (1 to 40 characters)")
        with database.unit() as unit:
            made, secret = keys.make_key(unit, name=name.strip(), per_minute=per_minute, per_day=per_day)
            made_id = made.id
        click.echo(f"{made_id}  {secret}")

    @group.command("keys")
    @with_appcontext
    def list_keys() -> None:
        """List all keys; the keys themselves nobody can show again."""
        with database.reading() as session:
            for each in keys.list_keys(session):
                state = "停用 revoked" if each.revoked_at else "有效 valid"
                used = f"{each.day_used}/{each.per_day} on {each.day}" if each.day else f"0/{each.per_day}"
                click.echo(f"{each.id}  {state}  {used}  {each.name}")

    @group.command("revoke")
    @click.argument("key_id")
    @with_appcontext
    def revoke(key_id: str) -> None:
        """End a key for good."""
        try:
            with database.unit() as unit:
                keys.revoke_key(unit, key_id)
        except AppError as error:
            raise click.ClickException(error.detail) from None
        click.echo("已停用 revoked")
