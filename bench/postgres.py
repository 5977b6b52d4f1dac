"""Scratch databases on the local PostgreSQL; each has a name of its own and is dropped in the end."""

from __future__ import annotations

import os
import uuid
from typing import Any

import psycopg2
from psycopg2 import sql

ADMIN_URL = os.environ.get("POSTGRES_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"


def lacking() -> str | None:
    """Say why there is no PostgreSQL to measure on; None if there is."""
    try:
        execute(ADMIN_URL, sql.SQL("SELECT 1"))
    except psycopg2.Error as error:
        return f"PostgreSQL does not answer: {str(error).strip().splitlines()[0]}"
    return None


def execute(url: str, statement: sql.Composable) -> None:
    """Run one statement outside a transaction."""
    connection = psycopg2.connect(url, connect_timeout=5)
    try:
        connection.autocommit = True
        connection.cursor().execute(statement)
    finally:
        connection.close()


class ScratchDatabase:
    """A database that exists from here to `drop`; a copy of another one if that is given."""

    def __init__(self, template: ScratchDatabase | None = None) -> None:
        self.name = f"ronghui_bench_{uuid.uuid4().hex[:12]}"
        self.url = f"{ADMIN_URL.rpartition('/')[0]}/{self.name}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template.name))
        execute(ADMIN_URL, statement)

    def drop(self) -> None:
        """Drop it, whoever is connected."""
        execute(ADMIN_URL, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))

    def run(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        """Run one statement in it and commit."""
        connection = psycopg2.connect(self.url)
        try:
            connection.autocommit = True
            connection.cursor().execute(statement, parameters)
        finally:
            connection.close()
