"""The embedded servers: from nothing, after `kill -9`, and several at once."""

import os
import signal
import stat
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from dev.process import read_pid, wait_until
from dev.servers import Servers
from dev.state import State


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def test_the_roles_are_what_they_should_be(state: State) -> None:
    with Servers(state, durable=False).running() as addresses:
        app, owner = addresses["DATABASE_URL"], addresses["DATABASE_OWNER_URL"]
        attributes = (
            "SELECT rolsuper OR rolbypassrls OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert ask(app, attributes) is False
        assert ask(owner, "SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user") is True
        assert ask(app, "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == 0
        assert int(str(ask(app, "SHOW server_version_num"))) >= 180000
        with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE own (id int)")


def test_nobody_gets_in_without_a_password(state: State) -> None:
    with Servers(state, durable=False).running() as addresses:
        address = urlsplit(addresses["DATABASE_URL"])
        for role in ("cma_app", "cma_owner", "postgres"):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(f"postgresql://{role}:wrong@127.0.0.1:{address.port}/cma")
        broker = urlsplit(addresses["REDIS_URL"])
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=broker.port or 0).ping()
        assert stat.S_IMODE((state.folder / "redis.conf").stat().st_mode) == 0o600


def test_they_stop_with_their_last_user(state: State) -> None:
    first, second = Servers(state, durable=False), Servers(state, durable=False)
    with first.running() as addresses:
        with second.running() as again:
            assert again == addresses
        assert ask(addresses["DATABASE_URL"], "SELECT 1") == 1
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(addresses["DATABASE_URL"], connect_timeout=1)
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(addresses["REDIS_URL"]).ping()


@pytest.mark.slow
def test_they_come_back_after_kill_9_with_what_was_written(state: State) -> None:
    servers = Servers(state)
    addresses = servers.start()
    with psycopg.connect(addresses["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 0 AS round")
    for number in range(1, 4):
        with psycopg.connect(addresses["DATABASE_OWNER_URL"]) as connection:
            connection.execute("UPDATE kept SET round = %s", [number])
        assert servers.postgres
        assert servers.redis
        for pid in (read_pid(servers.postgres.data / "postmaster.pid"), read_pid(servers.redis.pid_file)):
            assert pid
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: len(servers_that_live(servers)) == 0, 5)
        assert servers.revive() == ["postgres", "redis"]
        assert ask(addresses["DATABASE_OWNER_URL"], "SELECT round FROM kept") == number


def servers_that_live(servers: Servers) -> list[str]:
    pair = {"postgres": servers.postgres, "redis": servers.redis}
    return [name for name, server in pair.items() if server and server.is_alive()]


def test_a_stale_pid_file_with_a_stranger_s_number_is_no_obstacle(state: State) -> None:
    servers = Servers(state, durable=False)
    servers.start()
    servers.stop()
    assert servers.postgres
    (servers.postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{servers.postgres.data}\n")
    addresses = servers.start()
    assert ask(addresses["DATABASE_URL"], "SELECT 1") == 1


def test_two_states_side_by_side(state: State, other_state: State) -> None:
    with Servers(state, durable=False).running() as one, Servers(other_state, durable=False).running() as two:
        with psycopg.connect(one["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE only_here (id int)")
        assert ask(one["DATABASE_OWNER_URL"], "SELECT to_regclass('only_here')::text") == "only_here"
        assert ask(two["DATABASE_OWNER_URL"], "SELECT to_regclass('only_here')::text") is None
        first, second = urlsplit(one["DATABASE_URL"]), urlsplit(two["DATABASE_URL"])
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://cma_app:{first.password}@127.0.0.1:{second.port}/cma")


def test_a_server_of_one_s_own_is_used(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """With DATABASE_URL of a superuser the app's role and the database are made there."""
    ours = Servers(state, durable=False)
    ours.start()
    assert ours.postgres
    assert ours.redis
    monkeypatch.setenv("DATABASE_URL", ours.postgres.url.removesuffix("/postgres") + "/elsewhere")
    monkeypatch.setenv("REDIS_URL", ours.redis.url)
    with Servers(state).running() as addresses:
        assert addresses["DATABASE_OWNER_URL"] == os.environ["DATABASE_URL"]
        assert ask(addresses["DATABASE_URL"], "SELECT current_database() || ' ' || current_user") == (
            "elsewhere cma_app"
        )
    assert servers_that_live(ours) == ["postgres", "redis"], "they are not ours to stop"

    monkeypatch.setenv("DATABASE_URL", addresses["DATABASE_URL"])
    with pytest.raises(SystemExit, match="no superuser"), Servers(state).running():
        pass
