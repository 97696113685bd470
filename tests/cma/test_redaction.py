import logging
import sys

import pytest

from cma.redaction import RedactSecrets, redact

SECRETS = [
    "sk_live_51Habcdefghijkl",
    "rk_live_51Habcdefghijkl",
    "sk_test_51Habcdefghijkl",
    "pk_live_51Habcdefghijkl",
    "whsec_abcdefghijklmnop",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_keys_are_cut_out(secret):
    assert secret not in redact(f"Invalid API Key provided: {secret}.")


@pytest.mark.parametrize("path", ["/hooks/stripe/", "/invite/", "/join/"])
def test_tokens_in_addresses_are_cut_out(path):
    token = "A" * 43
    assert token not in redact(f"GET /p/x{path}{token}/ 200")


def test_ordinary_text_stays():
    text = "Paid £1,240.00 for INV-0117 at /p/brook/invoices/7/pay/"
    assert redact(text) == text


def test_a_traceback_is_redacted_too():
    try:
        raise ValueError(SECRETS[0])
    except ValueError:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed with %s", (SECRETS[1],), sys.exc_info()
        )
    assert RedactSecrets().filter(record)
    line = logging.Formatter().format(record)
    assert SECRETS[0] not in line
    assert SECRETS[1] not in line
