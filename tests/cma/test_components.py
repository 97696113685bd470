from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve

from cma import charts, icons, menu
from cma.answers import done, moved_on, shown
from cma.components import STATES, state
from cma.styleguide import ReasonForm, SampleForm, styleguide
from cma.theme import theme_switch
from cma.toasts import toast
from teams.colour import tokens

ROOT = Path(__file__).resolve().parents[2]
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "path", "rect", "circle", "ellipse"}


def drawn(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def page_of(path: str, **headers: str) -> HttpRequest:
    request = RequestFactory().get(path, headers=headers)
    request.resolver_match = resolve(request.path)
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    request.htmx = SimpleNamespace(history_restore_request=False) if headers else False  # type: ignore[attr-defined]
    return request


class Outline(HTMLParser):
    """Collects what the tests ask about: ids, references to ids, elements that are left open."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wanted: list[str] = []
        self.open: list[str] = []
        self.styled: list[str] = []
        self.focusable: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.wanted += (given.get(name) or "").split()
        if "style" in given or any(name.startswith("on") for name in given):
            self.styled.append(self.get_starttag_text() or tag)
        if tag in ("a", "button", "input", "summary", "select", "textarea") and given.get("type") != "hidden":
            self.focusable.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()


PAGES = ["office", "thing", "dialog", "blank", "portal", "entrance", "door", "400", "404", "500", "503"]


@pytest.mark.parametrize("name", PAGES)
def test_frames_are_whole(name: str) -> None:
    """Every frame closes what it opens, names nothing twice, and begins with the skip link (SCR-1)."""
    html = styleguide(page_of("/styleguide/"), name).content.decode()
    outline = Outline()
    outline.feed(html)
    assert outline.open == []
    assert sorted(outline.ids) == sorted(set(outline.ids)), "an id stands twice"
    assert set(outline.wanted) <= set(outline.ids) | {"dialog-title"}
    assert outline.styled == []
    tag, attrs = outline.focusable[0]
    assert (tag, attrs.get("class"), attrs.get("href")) == ("a", "skip", "#main")
    assert html.count("<h1") + html.count('id="dialog-title"') >= 1


@pytest.mark.parametrize("name", ["office", "thing", "portal", "entrance", "door"])
def test_scripts_and_styles_in_pages_carry_the_nonce(name: str) -> None:
    html = styleguide(page_of("/styleguide/"), name).content.decode()
    for inline in re.findall(r"<(?:script(?![^>]*\bsrc=)|style)\b[^>]*>", html):
        assert 'nonce="' in inline


def test_error_pages_need_neither_request_nor_context() -> None:
    for name in ("400", "403", "403_csrf", "404", "413", "429", "500", "503"):
        html = render_to_string(f"{name}.html")
        assert "<h1>" in html
        assert "<script" not in html


# ---- Money and status ----


def test_money_tag_and_filter() -> None:
    assert drawn("{% money a %}|{{ a|money:'EUR' }}|{{ none|money }}", a=Decimal("-1234.5"), none=None) == (
        "−£1,234.50|−€1,234.50|"
    )


def test_money_shows_nought_as_a_dash_where_asked() -> None:
    assert drawn("{% money a dash=True %}{% money a %}", a=Decimal(0)) == "–£0.00"


def test_money_refuses_a_float() -> None:
    with pytest.raises(TypeError):
        drawn("{% money a %}", a=1.5)


def test_sum_sets_the_pence_smaller() -> None:
    assert drawn("{% sum a %}", a=Decimal("5336.40")) == '<span class="sum">£5,336<small>.40</small></span>'


@pytest.mark.parametrize("status", sorted(STATES))
def test_badge_has_icon_and_word(status: str) -> None:
    html = drawn("{% badge status %}", status=status)
    assert html.count("<svg") == 1
    assert str(state(status).word) in html


def test_badge_of_an_unknown_status_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        drawn("{% badge 'splendid' %}")


def test_badge_escapes_words_of_others() -> None:
    assert "<b>" not in drawn("{% badge 'overdue' word=w why=w %}", w="<b>now</b>")


def test_mail_says_sent_in_its_own_way() -> None:
    assert "state-delivered" in drawn("{% badge 'sent' kind='mail' %}")


def test_icon_that_is_not_vendored_is_a_mistake() -> None:
    with pytest.raises(LookupError):
        icons.drawing("../../etc/passwd")
    with pytest.raises(LookupError):
        icons.drawing("no-such-icon")


def test_every_icon_named_in_the_sources_is_vendored() -> None:
    named = {look.icon for look in STATES.values()}
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]:
        text = path.read_text()
        named |= set(re.findall(r'\{%\s*icon\s+"([a-z0-9-]+)"', text))
        named |= set(re.findall(r'dialog_acts[^%]*icon="([a-z0-9-]+)"', text))
    for path in ROOT.glob("[a-z]*/**/*.py"):
        if ".venv" not in path.parts:
            named |= set(re.findall(r'\bicon="([a-z0-9-]+)"', path.read_text()))
    for name in sorted(named):
        icons.drawing(name)


# ---- Forms ----


def test_field_ties_label_hint_and_problem_to_the_control() -> None:
    form = SampleForm({"paid_on": "tomorrow"})
    html = drawn("{% field form.paid_on %}", form=form)
    assert '<label class="form-label" for="id_paid_on">' in html
    assert 'aria-describedby="id_paid_on-hint id_paid_on-problem"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="tomorrow"' in html


def test_amount_that_is_no_number_is_kept_as_typed() -> None:
    """SCR-4: `type=number` would show an empty field for what it cannot read."""
    html = drawn("{% field form.amount prefix='£' %}", form=SampleForm({"amount": "1461,2O"}))
    assert 'type="text"' in html
    assert 'value="1461,2O"' in html
    assert 'inputmode="decimal"' in html


def test_optional_fields_say_so_and_others_do_not() -> None:
    form = SampleForm()
    assert "if you like" in drawn("{% field form.note %}", form=form)
    assert "if you like" not in drawn("{% field form.amount %}", form=form)


def test_field_escapes_what_was_typed() -> None:
    html = drawn(
        "{% field form.note %}{% form_problems form %}",
        form=SampleForm({"note": "<script>alert(1)</script>"}),
    )
    assert "<script>" not in html


def test_field_passes_attributes_on() -> None:
    html = drawn("{% field form.note hx_get='/x' autocomplete='off' cols=3 %}", form=SampleForm())
    assert 'hx-get="/x"' in html
    assert 'autocomplete="off"' in html
    assert "f-3" in html


def test_choices_are_a_group_with_a_legend() -> None:
    html = drawn("{% field form.kind %}", form=SampleForm({"kind": ""}))
    assert "<fieldset" in html
    assert "<legend" in html
    assert html.count('class="form-check-input is-invalid"') == 2


def test_problems_are_counted_and_linked() -> None:
    form = SampleForm({"amount": "x", "paid_on": "y", "method": "bank", "kind": "private"})
    html = drawn("{% form_problems form %}", form=form)
    assert "Two things to put right." in html
    assert 'href="#id_amount"' in html
    assert 'role="alert"' in html


def test_no_summary_while_all_is_well() -> None:
    assert drawn("{% form_problems form %}", form=SampleForm()).strip() == ""


def test_errors_of_the_whole_form_are_told() -> None:
    class Fussy(forms.Form):
        def clean(self) -> dict[str, object]:
            raise forms.ValidationError("The invoice is paid already.")

    assert "The invoice is paid already." in drawn("{% form_problems form %}", form=Fussy({}))


# ---- Lists ----


def test_sort_head_turns_and_drops_the_page() -> None:
    def head(path: str) -> str:
        return drawn("{% sort_head 'Due' 'due' %}", request=RequestFactory().get(path))

    assert 'href="/x?q=a&amp;sort=due"' in head("/x?q=a&after=7")
    assert 'href="/x?sort=-due"' in head("/x?sort=due")
    assert 'aria-sort="ascending"' in head("/x?sort=due")
    assert 'href="/x?sort=due"' in head("/x?sort=-due")
    assert 'aria-sort="descending"' in head("/x?sort=-due")


def test_pager_shows_only_the_ways_there_are() -> None:
    html = drawn("{% pager older='?before=3' label='25 of 40' %}")
    assert "Older" in html
    assert "Newer" not in html
    assert drawn("{% pager %}") == ""


# ---- Charts ----


def test_segments_fill_the_bar() -> None:
    pieces = charts.segments([Decimal("2823.20"), Decimal(0), Decimal("0.01"), Decimal("690.00")])
    assert [piece.index for piece in pieces] == [0, 2, 3]
    assert pieces[-1].x + pieces[-1].width == charts.WIDE
    assert all(piece.width >= charts.THIN for piece in pieces)


def test_nothing_owed_is_an_empty_bar() -> None:
    assert charts.segments([Decimal(0), Decimal(0)]) == []


def test_heights_stand_against_the_tallest() -> None:
    assert charts.heights([Decimal(50), Decimal(100), Decimal(0), Decimal("0.01")], 100) == [50, 100, 0, 2]


def test_share_stays_within_the_whole() -> None:
    assert charts.share(Decimal(3), Decimal(2)) == 1000
    assert charts.share(Decimal(-1), Decimal(2)) == charts.share(Decimal(1), Decimal(0)) == 0


# ---- Answers ----


def test_shown_gives_the_page_or_its_part() -> None:
    template = "styleguide/dialog.html"
    context = {"form": ReasonForm()}
    whole = shown(page_of("/styleguide/dialog/"), template, context, part="dialog")
    part = shown(page_of("/styleguide/dialog/", hx_request="true"), template, context, part="dialog")
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert b"dialog-body" in part.content
    assert "HX-Request" in whole["Vary"]


def test_a_refused_form_is_422() -> None:
    answer = shown(page_of("/styleguide/"), "styleguide/dialog.html", form=ReasonForm({}))
    assert answer.status_code == 422


def test_done_navigates_in_both_worlds() -> None:
    assert done(page_of("/styleguide/"), "/there").status_code == 303
    assert done(page_of("/styleguide/", hx_request="true"), "/there")["HX-Redirect"] == "/there"


def test_moved_on_is_409_and_says_why() -> None:
    answer = moved_on(page_of("/styleguide/", hx_request="true"), "It is paid <b>already</b>.", back="/there")
    assert answer.status_code == 409
    assert b"It is paid &lt;b&gt;already&lt;/b&gt;." in answer.content
    assert b'href="/there"' in answer.content


def test_toast_with_undo_posts_to_its_address() -> None:
    request = page_of("/styleguide/blank/")
    toast(request, "INV-0142 is paid.", undo="/t/x/undo/")
    html = styleguide(request, "blank").content.decode()
    assert "INV-0142 is paid." in html
    assert '<form method="post" action="/t/x/undo/">' in html


# ---- Frames ----


def test_side_shows_what_the_role_may_enter() -> None:
    request = page_of("/styleguide/")
    request.team = SimpleNamespace(slug="x")  # type: ignore[attr-defined]
    request.membership = SimpleNamespace(role="staff")  # type: ignore[attr-defined]
    assert "Settings" not in [str(link.label) for link in menu.links(request, menu.ACCOUNT)]


def test_every_place_of_the_office_has_its_page() -> None:
    request = page_of("/styleguide/")
    request.team = SimpleNamespace(slug="x")  # type: ignore[attr-defined]
    request.membership = SimpleNamespace(role="owner")  # type: ignore[attr-defined]
    for places in (menu.SIDE, menu.ACCOUNT):
        found = {str(link.label) for link in menu.links(request, places)}
        assert found == {str(place.label) for place in places}


def test_portal_shows_only_sections_that_are_on() -> None:
    request = page_of("/styleguide/")
    request.team = SimpleNamespace(slug="x")  # type: ignore[attr-defined]
    request.access = SimpleNamespace(shows_invoices=False)  # type: ignore[attr-defined]
    assert "Billing" not in [str(link.label) for link in menu.portal_links(request)]


def test_team_styles_let_nothing_through_but_colours() -> None:
    bad = {
        "light": {"--cma-team": "red}body{display:none", "color": "#ffffff", **tokens("#103f78")},
        "dark": {},
    }
    css = drawn("{% team_styles team %}", team=SimpleNamespace(colour_tokens=bad))
    assert "display" not in css
    assert "--cma-primary:#" in css


def test_theme_comes_from_the_cookie_and_from_nothing_else() -> None:
    request = page_of("/styleguide/")
    request.COOKIES["cma_theme"] = '"><script>'
    assert "data-bs-theme" not in styleguide(request, "blank").content.decode().split("<head>")[0]
    request.COOKIES["cma_theme"] = "dark"
    assert 'data-bs-theme="dark"' in styleguide(request, "blank").content.decode().split("<head>")[0]


def test_theme_switch_goes_back_to_our_own_pages_only() -> None:
    post = RequestFactory().post("/theme", headers={"referer": "https://elsewhere.example/x"})
    answer = theme_switch(post)
    assert answer["Location"] == "/"
    assert answer.cookies["cma_theme"].value == "dark"
    back = RequestFactory().post("/theme", {"theme": "light"}, headers={"referer": "http://testserver/t/x/"})
    assert theme_switch(back)["Location"] == "http://testserver/t/x/"


# ---- What is committed ----


def test_dark_stands_twice_letter_for_letter() -> None:
    css = (ROOT / "static/css/theme.css").read_text()
    chosen = re.search(r'\[data-bs-theme="dark"\] \{(.*?)\n  \}', css, re.DOTALL)
    system = re.search(r":root:not\(\[data-bs-theme\]\) \{(.*?)\n  \}", css, re.DOTALL)
    assert chosen
    assert system
    assert re.sub(r"\s+", " ", chosen[1]).strip() == re.sub(r"\s+", " ", system[1]).strip()


def test_vendored_files_are_those_of_the_manifest() -> None:
    subprocess.run([sys.executable, ROOT / "dev/vendor.py", "--check"], check=True)


def test_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_templates_hold_no_inline_style_or_handler() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        if {"mail", "email", "documents"} & set(path.parts) or "mail" in path.name:
            continue
        text = path.read_text()
        assert not re.search(r'<[a-z][^>]*\sstyle="', text), path
        assert not re.search(r'<[a-z][^>]*\son[a-z]+="', text), path
        assert "hx-on" not in text, path
