"""Fresh databases in a moment: migrated once for each set of migrations, then copied."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
# What a migrated database depends on: the migrations, and the rights given after them.
SOURCES = ("*/migrations/*.py", "*/apps.py", "teams/walls.py", "teams/chained.py", "requirements.txt")


def make_database(owner: BaseDatabaseWrapper, name: str) -> None:
    """A migrated database of this name, which the owner's connection uses from here on."""
    template = f"cma_template_{_digest()}"
    parameters = {key: owner.get_connection_params().get(key) for key in ("host", "port", "user", "password")}
    with psycopg.connect(**parameters, dbname="postgres", autocommit=True) as server:  # type: ignore[arg-type]
        # One of several workers migrates, the others wait; the lock ends with the connection.
        server.execute("SELECT pg_advisory_lock(hashtext('cma test template'))")
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
            _drop_older(server)
            _migrate(owner, f"{template}_draft")
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            server.execute(rename.format(sql.Identifier(f"{template}_draft"), sql.Identifier(template)))
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        server.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
    owner.settings_dict["NAME"] = name


def _drop_older(server: psycopg.Connection[tuple[str]]) -> None:
    """The templates of other migrations than today's, which would pile up on a server that is kept."""
    for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'cma_template_%'"):
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _migrate(owner: BaseDatabaseWrapper, name: str) -> None:
    owner.settings_dict["TEST"]["NAME"] = name
    owner.creation.create_test_db(verbosity=0, autoclobber=True)
    owner.close()


def _digest() -> str:
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
