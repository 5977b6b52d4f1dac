"""`flask channels`: which channels there are, and whether their credentials are good."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import with_appcontext

from backend.publishing.channel import Health, Unreachable
from channels.installed import Installed


def install(app: Flask) -> None:
    """Register the commands."""

    @app.cli.group("channels")
    def channels() -> None:
        """Look after the channels that content goes out on."""

    @channels.command("list")
    @with_appcontext
    def list_channels() -> None:
        """List the channels that the settings of this installation name."""
        for each in app.extensions["channels"]:
            click.echo(f"{each.spec.id:<16} {each.spec.name}　{'、'.join(each.spec.takes)}")

    @channels.command("check")
    @click.argument("channel_ids", nargs=-1)
    @with_appcontext
    def check(channel_ids: tuple[str, ...]) -> None:
        """Try the credentials of all channels, or of some, without publishing anything."""
        known: list[Installed] = app.extensions["channels"]
        unknown = set(channel_ids) - {each.spec.id for each in known}
        if unknown:
            raise click.ClickException(f"没有这个渠道 (no such channel): {'、'.join(sorted(unknown))}")
        wanted = [each for each in known if not channel_ids or each.spec.id in channel_ids]
        bad = sum(_report(each) for each in wanted)
        if bad:
            sys.exit(1)


def _report(each: Installed) -> int:
    """Print what a channel said; return how much of it is not as it should be."""
    found = _ask(each)
    click.echo(f"{each.spec.name}（{each.spec.id}）")
    for health in found:
        click.echo(f"  {'✓' if health.ok else '✗'} {health.words}")
    return sum(not health.ok for health in found)


def _ask(each: Installed) -> list[Health]:
    if each.build is None:
        return [Health("客户端", ok=True, words="随本系统刊发，不需要外部账号。")]
    try:
        return list(each.build().check_health())
    except (Unreachable, OSError) as lost:
        return [Health("连接", ok=False, words=f"没有答复（{lost}）。")]
