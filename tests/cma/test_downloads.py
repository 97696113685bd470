"""Every file goes out the same way (trust 8)."""

from __future__ import annotations

from cma.downloads import PDF, kept


def test_a_file_to_keep() -> None:
    response = kept(b"%PDF", PDF, "QUO-0001.pdf")
    assert response.content == b"%PDF"
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="QUO-0001.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "private" in response.headers["Cache-Control"]


def test_a_file_to_look_at_and_headers_of_its_own() -> None:
    response = kept(
        b"", PDF, "a.pdf", inline=True, headers={"ETag": '"1"', "Cache-Control": "private, no-cache"}
    )
    assert response.headers["Content-Disposition"].startswith("inline")
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_a_name_from_outside_breaks_no_header() -> None:
    named = kept(b"", PDF, 'a"b\\.pdf\u00e9').headers["Content-Disposition"]
    assert "\n" not in named
    assert named.startswith("attachment; filename*=utf-8''a%22b")
