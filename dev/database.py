"""The two roles and the database: migrations as the owner, the app as a role without BYPASSRLS."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from dev.state import State

OWNER = "cma_owner"
APP = "cma_app"
NAME = "cma"


@dataclass(frozen=True)
class Addresses:
    """Where the database is for the app, and for migrations."""

    app: str
    owner: str


def embedded(state: State, superuser_url: str) -> Addresses:
    """Owner, app role and database in our own server, with passwords from the state's secrets."""
    owner_password = state.secret("owner_password")
    app_password = state.secret("app_password")
    with psycopg.connect(superuser_url, autocommit=True) as server:
        _make_role(server, OWNER, owner_password, "CREATEDB BYPASSRLS")
        _make_role(server, APP, app_password, "NOCREATEDB NOBYPASSRLS")
        _make_database(server, NAME, owner=OWNER)
    owner_url = with_login(with_database(superuser_url, NAME), OWNER, owner_password)
    app_url = with_login(owner_url, APP, app_password)
    _admit(owner_url, APP)
    return Addresses(app=app_url, owner=owner_url)


def external(environ: dict[str, str] | os._Environ[str] = os.environ) -> Addresses:
    """A server of one's own: DATABASE_URL of a superuser, or of the app's role and DATABASE_OWNER_URL."""
    given = environ["DATABASE_URL"]
    owner_url = environ.get("DATABASE_OWNER_URL")
    if owner_url:
        role = unquote(urlsplit(given).username or "")
        _admit(owner_url, role)
        return Addresses(app=given, owner=owner_url)
    name = unquote(urlsplit(given).path.lstrip("/")) or NAME
    maintenance = with_database(given, "postgres")
    # Drawn from the address, so that two clones on one server agree on it without talking to each other.
    password = hmac.digest(given.encode(), APP.encode(), hashlib.sha256).hex()
    with psycopg.connect(maintenance, autocommit=True) as server:
        if not _is_superuser(server):
            raise SystemExit(
                "DATABASE_URL names a role that is no superuser. Give a superuser's address, or the app's "
                "role in DATABASE_URL and the owner's (with BYPASSRLS) in DATABASE_OWNER_URL."
            )
        _make_role(server, APP, password, "NOCREATEDB NOBYPASSRLS")
        _make_database(server, name, owner=unquote(urlsplit(given).username or "") or None)
    owner_url = with_database(given, name)
    _admit(owner_url, APP)
    return Addresses(app=with_login(owner_url, APP, password), owner=owner_url)


def with_database(url: str, name: str) -> str:
    """The address with another database."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(name, safe="")))


def with_login(url: str, role: str, password: str) -> str:
    """The address with another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{host}"))


def _is_superuser(server: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = server.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])


def _make_role(
    server: psycopg.Connection[tuple[object, ...]], role: str, password: str, attributes: str
) -> None:
    """Makes the role, or mends its password and attributes. Two starts at once may both try."""
    words = sql.SQL("LOGIN NOSUPERUSER NOCREATEROLE INHERIT " + attributes)
    name, secret = sql.Identifier(role), sql.Literal(password)
    with server.transaction():
        server.execute("SELECT pg_advisory_xact_lock(hashtext('cma roles'))")
        exists = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER" if exists else "CREATE")
        server.execute(sql.SQL("{} ROLE {} WITH {} PASSWORD {}").format(verb, name, words, secret))


def _make_database(server: psycopg.Connection[tuple[object, ...]], name: str, *, owner: str | None) -> None:
    if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return
    command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if owner:
        command += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
    try:
        server.execute(command)
    except psycopg.errors.DuplicateDatabase:  # another start was quicker
        return


def _admit(owner_url: str, role: str) -> None:
    """Lets the app's role into the database, and no other. Tables are granted by the migrations."""
    name = unquote(urlsplit(owner_url).path.lstrip("/"))
    with psycopg.connect(owner_url, autocommit=True) as database:
        for command in (
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {database} TO {role}",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "GRANT USAGE ON SCHEMA public TO {role}",
        ):
            database.execute(
                sql.SQL(command).format(database=sql.Identifier(name), role=sql.Identifier(role))
            )
