import base64

import pytest
from django.core.exceptions import ImproperlyConfigured

from cma import env


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("CMA_NOWHERE", raising=False)
    with pytest.raises(ImproperlyConfigured, match="CMA_NOWHERE"):
        env.text("CMA_NOWHERE")


def test_a_database_address_with_socket_and_odd_characters():
    found = env.database("postgresql://cma_app:p%40ss%2Fword@/cma?host=%2Frun%2Fsock&port=5433")
    assert (found["HOST"], found["PORT"], found["USER"], found["PASSWORD"]) == (
        "/run/sock",
        "5433",
        "cma_app",
        "p@ss/word",
    )


def test_only_postgresql():
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL"):
        env.database("sqlite:///x")


@pytest.mark.parametrize("value", ["k1:short", "k1", ":AAAA", "k1:not base64!"])
def test_a_bad_master_key_is_refused(monkeypatch, value):
    monkeypatch.setenv("CMA_MASTER_KEYS", value)
    with pytest.raises(ImproperlyConfigured):
        env.master_keys("CMA_MASTER_KEYS")


def test_master_keys_keep_their_order(monkeypatch):
    one, two = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    monkeypatch.setenv("CMA_MASTER_KEYS", f"k2:{two},k1:{one}")
    assert list(env.master_keys("CMA_MASTER_KEYS")) == ["k2", "k1"]


@pytest.mark.parametrize(
    ("address", "tls", "ssl"),
    [("smtp://h:25", False, False), ("smtps://h", False, True), ("smtp+tls://h:587", True, False)],
)
def test_mail_addresses(address, tls, ssl):
    found = env.mail(address)
    assert (found["use_tls"], found["use_ssl"]) == (tls, ssl)
