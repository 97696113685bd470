"""Where a request came from: exactly the trusted entries count, whatever is forged (trust 5)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from cma.client_ip import client_ip, read_address
from tests.portal.making import bill
from tests.world import World

REMOTE = "203.0.113.9"
FORGED = {
    "X-Forwarded-For": "6.6.6.6",
    "Forwarded": "for=6.6.6.6;proto=https",
    "X-Real-IP": "6.6.6.6",
    "Client-IP": "6.6.6.6",
    "True-Client-IP": "6.6.6.6",
    "CF-Connecting-IP": "6.6.6.6",
    "X-Client-IP": "6.6.6.6",
    "X-Forwarded": "6.6.6.6",
    "Remote-Addr": "6.6.6.6",
}
SHAPES = [
    "6.6.6.6",
    "6.6.6.6, 7.7.7.7",
    " 6.6.6.6 ,, 7.7.7.7 ,",
    "6.6.6.6:1234",
    "[2001:db8::666]:443",
    "2001:db8::666",
    "::ffff:6.6.6.6",
    "for=6.6.6.6",
    '"6.6.6.6"',
    "unix:",
    "unknown",
    "",
    ",",
    "6.6.6.6, " * 500,
    "\t6.6.6.6\t",
    "6.6.6.6\u00a0",
    "<script>",
    "١٢٧.٠.٠.١",
    "0x06060606",
    "6.6",
]


def asked(remote: str | None = REMOTE, **headers: str) -> Any:
    """A request with these headers, from `remote`; None leaves the server's own word out."""
    request = RequestFactory().get("/", headers=headers)
    request.META.pop("REMOTE_ADDR")
    if remote is not None:
        request.META["REMOTE_ADDR"] = remote
    return request


@pytest.mark.parametrize(("header", "shape"), product(FORGED, SHAPES))
def test_without_a_proxy_no_header_counts(header: str, shape: str, settings: Any) -> None:
    settings.CMA_TRUSTED_PROXIES = 0
    assert client_ip(asked(**{header: shape})) == REMOTE


@pytest.mark.parametrize(("header", "shape"), product(sorted(set(FORGED) - {"X-Forwarded-For"}), SHAPES))
def test_with_a_proxy_the_other_headers_still_count_for_nothing(
    header: str, shape: str, settings: Any
) -> None:
    settings.CMA_TRUSTED_PROXIES = 1
    headers = {header: shape, "X-Forwarded-For": "198.51.100.7"}
    assert client_ip(asked("10.0.0.1", **headers)) == "198.51.100.7"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("proxies", [1, 2, 3])
def test_what_is_put_in_front_counts_for_nothing(shape: str, proxies: int, settings: Any) -> None:
    """Each proxy adds whom it was called by at the end; a forged beginning is pushed out of the way."""
    settings.CMA_TRUSTED_PROXIES = proxies
    written = ", ".join(["198.51.100.7", "10.0.0.2", "10.0.0.3"][:proxies])
    assert client_ip(asked("10.0.0.9", **{"X-Forwarded-For": f"{shape}, {written}"})) == "198.51.100.7"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        # Fewer entries than proxies: somebody came past them, so the header is nobody's word.
        (2, "198.51.100.7", REMOTE),
        (3, "198.51.100.7, 10.0.0.2", REMOTE),
        # Ports, as some balancers add them, brackets and quotes.
        (1, "198.51.100.7:51234", "198.51.100.7"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, '"[2001:db8::1]:443"', "2001:db8::1"),
        (1, "2001:DB8:0:0::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "  198.51.100.7  ", "198.51.100.7"),
        # The proxy wrote no address: there is none, and not the one that stands in front of it.
        (1, "6.6.6.6, unknown", None),
        (1, "6.6.6.6, unix:", None),
        (1, "6.6.6.6,", None),
        (1, "198.51.100.7:port", None),
        (1, "198.51.100.7:123456", None),
        (1, "[2001:db8::1", None),
        (1, "[2001:db8::1]x", None),
        (1, "nonsense", None),
        (1, "", REMOTE),
    ],
)
def test_exactly_the_trusted_entries_count(
    proxies: int, forwarded: str, expected: str | None, settings: Any
) -> None:
    settings.CMA_TRUSTED_PROXIES = proxies
    assert client_ip(asked(**{"X-Forwarded-For": forwarded})) == expected


@pytest.mark.parametrize("remote", ["", None, "unix:", "/run/cma.sock"])
def test_on_a_socket_there_is_no_address_but_the_proxys_word(remote: str | None, settings: Any) -> None:
    settings.CMA_TRUSTED_PROXIES = 0
    assert client_ip(asked(remote, **{"X-Forwarded-For": "6.6.6.6"})) is None
    settings.CMA_TRUSTED_PROXIES = 1
    assert client_ip(asked(remote, **{"X-Forwarded-For": "6.6.6.6, 198.51.100.7"})) == "198.51.100.7"


def test_a_missing_header_behind_a_proxy_leaves_what_the_server_saw(settings: Any) -> None:
    settings.CMA_TRUSTED_PROXIES = 1
    request = asked("10.0.0.1")
    assert "HTTP_X_FORWARDED_FOR" not in request.META
    # Asked past the proxy: that is where it came from.
    assert client_ip(request) == "10.0.0.1"


@settings(max_examples=300)
@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=60))
def test_whatever_is_written_is_an_address_or_nothing(text: str) -> None:
    found = read_address(text)
    assert found is None or read_address(found) == found


@pytest.mark.parametrize(("proxies", "expected"), [(0, "127.0.0.1"), (1, "198.51.100.7")])
def test_the_log_of_what_a_client_did(world: World, settings: Any, proxies: int, expected: str) -> None:
    """End to end: the audit entry of a page that a client opened, and of a form they sent."""
    settings.CMA_TRUSTED_PROXIES = proxies
    with world.scope():
        invoice = bill(world.jo, "120.00")
    headers = {**FORGED, "X-Forwarded-For": "6.6.6.6, [::6]:1, 198.51.100.7"}
    browser = world.browser(world.jo_user, headers=headers)
    assert browser.get(f"/p/kirkstall-plumbing/invoices/{invoice.pk}/").status_code == 200
    assert browser.post("/p/kirkstall-plumbing/data/").status_code == 302
    with world.scope():
        for verb in ("invoice.viewed", "portal.data_requested"):
            entry = world.team.audit_entries.get(verb=verb)
            assert (entry.ip, entry.actor_name) == (expected, "Jo Whitaker"), verb


@pytest.mark.parametrize("forwarded", ["fe80::1%eth0", "unknown", "6.6.6.6\x00", "a" * 4000])
def test_what_a_proxy_garbles_stops_nobody(world: World, settings: Any, forwarded: str) -> None:
    settings.CMA_TRUSTED_PROXIES = 1
    browser = world.browser(world.jo_user, headers={"X-Forwarded-For": forwarded})
    assert browser.post("/p/kirkstall-plumbing/data/").status_code == 302
    with world.scope():
        entry = world.team.audit_entries.get(verb="portal.data_requested")
        assert entry.ip == ("fe80::1" if forwarded.startswith("fe80") else None)
