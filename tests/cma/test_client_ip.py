import pytest
from django.test import RequestFactory

from cma.client_ip import client_ip

FORGED = {
    "HTTP_X_FORWARDED_FOR": "6.6.6.6",
    "HTTP_FORWARDED": "for=6.6.6.6",
    "HTTP_X_REAL_IP": "6.6.6.6",
    "HTTP_CLIENT_IP": "6.6.6.6",
    "HTTP_TRUE_CLIENT_IP": "6.6.6.6",
}


@pytest.mark.parametrize("header", FORGED)
def test_without_a_proxy_no_header_counts(header, settings):
    settings.CMA_TRUSTED_PROXIES = 0
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    request.META[header] = FORGED[header]
    assert client_ip(request) == "203.0.113.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        # Fewer entries than proxies: somebody came past them, so the header is nobody's word.
        (2, "198.51.100.7", "203.0.113.9"),
        (1, "nonsense", None),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_exactly_the_trusted_entries_count(proxies, forwarded, expected, settings):
    settings.CMA_TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == expected
