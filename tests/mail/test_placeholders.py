"""The small placeholder replacer (MSG-2, trust 10)."""

from __future__ import annotations

import pytest

from mail.placeholders import check, fill, with_link

ALLOWED = ("client_name", "link")


@pytest.mark.parametrize(
    "text", ["Hello {client_name}, see {link}", "no placeholder", "a } b { c", "100 % and $x and %s", ""]
)
def test_what_may_be_saved(text: str):
    assert check(text, ALLOWED) == []


@pytest.mark.parametrize(
    "text",
    [
        "{naem}",
        "{client_name.__class__}",
        "{client_name!r}",
        "{client_name:>99999999}",
        "{ client_name }",
        "{0}",
        "{}",
        "{Client_Name}",
        "{client name}",
        "{link\n}",
        "{" + "x" * 500 + "}",
    ],
)
def test_unknown_placeholders_are_named(text: str):
    (problem,) = check(text, ALLOWED)
    assert "You can use: {client_name}, {link}." in problem
    assert len(problem) < 200


def test_each_unknown_name_is_told_once():
    assert len(check("{a} {b} {a}", ALLOWED)) == 2


def test_values_are_put_in():
    assert fill("Hello {client_name}: {link}", {"client_name": "Jo", "link": "x"}) == "Hello Jo: x"


def test_values_are_never_looked_at_again():
    values = {"client_name": "{link}", "link": "{client_name} {client_name.__class__} {0} %s"}
    assert fill("{client_name} {link}", values) == "{link} {client_name} {client_name.__class__} {0} %s"


def test_other_braces_stay():
    assert fill("{{client_name}} {x} {", {"client_name": "Jo"}) == "{Jo} {x} {"


def test_a_missing_link_is_added_at_the_end():
    assert with_link("Hello\n", "link") == "Hello\n\n{link}"
    assert with_link("Go to {link} now", "link") == "Go to {link} now"
    assert with_link("Hello", "") == "Hello"


def test_a_long_text_takes_no_time():
    assert fill("{" * 200_000, {"a": "b"}) == "{" * 200_000
    assert check("{a" * 100_000, ALLOWED) == []
