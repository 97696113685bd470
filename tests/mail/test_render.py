"""What a mail looks like, and that strangers' text in it is text (MSG-2, trust 10)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from mail.placeholders import check, fill
from mail.render import Also, Button, HeaderInjection, MailFirm, Slip, compose
from mail.wording import WORDINGS

URL = "https://brook.example/p/brook/i/8Kq2vWc7ZtR4mXh9sLpN3d"
FIRM = MailFirm(
    name="Brook & Daughters",
    trade="Plumbing, Leeds",
    address="3 Goit Mill Yard, Leeds LS4 2XB",
    phone="0113 496 0142",
    colour="#103f78",
)
SLIP = Slip(
    label="Invoice INV-0117",
    amount="£1,240.00",
    note="due on 9 Dec 2026",
    rows=(("For", "Radiators, back bedrooms"),),
)
BANK = Slip(label="Or by bank transfer", amount="10-88-00 00012345", rows=(("Reference", "INV-0117"),))
PAYLOADS = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" style="position:fixed;inset:0',
    "javascript:alert(1)",
    "https://attacker.example/login",
    'https://a.example/"onclick="alert(1)',
    "data:text/html,<script>alert(1)</script>",
    "<a href=https://attacker.example>Pay here</a>",
    "<iframe src=//attacker.example>",
    "<meta http-equiv=refresh content='0;url=https://attacker.example'>",
    "<base href=//attacker.example>",
    "<!-- ",
    "--> <b>",
    "<![endif]--><script>x</script>",
    "]]>",
    "&lt;script&gt;&#60;b&#62;",
    "{link}{client_name}{0.__class__}",
    "{{ settings.SECRET_KEY }}{% include 'x' %}",
    "%(x)s %s ${x} #{x}",
    "Jo\r\nBcc: everybody@example.com",
    "Jo\nSubject: another\n\nbody",
    "Jo\u2028Bcc: x@example.com\x85Cc: y@example.com",
    "\x00\x01\x08\x1b[31mred",
    "\u202egnp.exe",
    "\ud800",
    "W" * 5_000,
    "\n\n\n--\nSincerely, the bank",
    "url(https://attacker.example/x)",
    "=cmd|' /C calc'!A0",
]


class Markup(HTMLParser):
    """Every tag of a mail with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def mail(**more: Any):
    given: dict[str, Any] = {
        "subject": "Invoice {reference} for {total}",
        "text": (
            "Hello {client_name},\n\nhere is invoice {reference}.\nThe PDF is attached.\n\n"
            "{link}\n\nThank you."
        ),
        "values": {"client_name": "Jo & Kit", "reference": "INV-0117", "total": "£1,240.00"},
        "button": Button(label="View and pay", url=URL, is_payment=True),
        "slip": SLIP,
        "bank": BANK,
        "firm": FIRM,
        "why": "Sent because you are our client.",
    }
    return compose(**(given | more))


def test_the_mail_in_both_forms():
    made = mail()
    assert made.subject == "Invoice INV-0117 for £1,240.00"
    for form in (made.text, made.html):
        for words in (
            "INV-0117",
            "£1,240.00",
            "due on 9 Dec 2026",
            "Radiators, back bedrooms",
            "View and pay",
            URL,
        ):
            assert words in form
        for words in (
            "10-88-00 00012345",
            "never change by e-mail",
            "0113 496 0142",
            "because you are our client",
        ):
            assert words in form
    assert "Hello Jo & Kit," in made.text
    assert "Hello Jo &amp; Kit," in made.html
    assert "here is invoice INV-0117.<br>The PDF" in made.html


def test_the_plain_text_reads_like_a_letter():
    assert mail().text == (
        "Hello Jo & Kit,\n\nhere is invoice INV-0117.\nThe PDF is attached.\n\n"
        "Invoice INV-0117: £1,240.00, due on 9 Dec 2026\nFor: Radiators, back bedrooms\n\n"
        f"View and pay:\n{URL}\n\n"
        "Or by bank transfer:\n10-88-00 00012345\nReference: INV-0117\n"
        "Our bank details never change by e-mail. If in doubt, ring us.\n\n"
        "Thank you.\n\n--\nBrook & Daughters, 3 Goit Mill Yard, Leeds LS4 2XB\n"
        "Just answer this mail, or ring 0113 496 0142.\nSent because you are our client.\n"
    )


def test_the_pay_button_is_green_and_any_other_the_teams():
    assert "background-color:#15803d" in mail().html
    other = mail(button=Button(label="Sign in", url=URL)).html
    assert "background-color:#15803d" not in other
    assert 'bgcolor="#103f78"' in other


def test_a_light_colour_gets_dark_text_on_its_button():
    yellow = MailFirm(name="Yellow", colour="#f5c518")
    assert "color:#10161b" in mail(button=Button(label="Sign in", url=URL), firm=yellow).html


def test_a_link_within_a_sentence_stays_there():
    made = mail(text="Look at {link}, please.", slip=None, bank=None)
    assert f'Look at <a class="link" href="{URL}">{URL}</a>, please.' in made.html
    assert f"Look at {URL}, please." in made.text


def test_a_missing_link_is_added():
    made = mail(text="Just a word.")
    assert URL in made.text
    assert URL in made.html


def test_addresses_in_the_wording_are_linked_if_they_are_of_the_web():
    made = mail(
        text="See https://brook.example/terms. Or javascript:alert(1) ftp://x.example http://a.example?b=1&c=2\n\n{link}"
    )
    hrefs = {attributes.get("href") for tag, attributes in Markup(made.html).tags if tag == "a"}
    assert hrefs == {"https://brook.example/terms", "http://a.example?b=1&c=2", URL, "tel:01134960142"}


def test_addresses_in_values_are_not_linked():
    made = mail(values={"client_name": "https://attacker.example/", "reference": "x", "total": "x"})
    assert "attacker.example" not in {a.get("href") for _, a in Markup(made.html).tags}
    assert 'href="https://attacker' not in made.html


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "", "/relative", "mailto:a@b", 'https://a.example/"x', "https://a.example/ x"],
)
def test_a_button_leads_to_a_web_address(url: str):
    with pytest.raises(ValueError, match="web address"):
        mail(button=Button(label="x", url=url))


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_subject_of_two_lines_is_refused(break_: str):
    with pytest.raises(HeaderInjection):
        mail(subject=f"Invoice{break_}Bcc: everybody@example.com")


@pytest.mark.parametrize("field", ["client_name", "reference", "total"])
@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_values(field: str, payload: str):
    values = {"client_name": "Jo", "reference": "INV-1", "total": "£1.00", field: payload}
    assert_harmless(mail(values=values, subject="{client_name} {reference} {total}"))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
@pytest.mark.parametrize("field", ["name", "trade", "address", "phone", "colour"])
def test_hostile_firms(field: str, payload: str):
    given: dict[str, Any] = {
        "name": "Brook",
        "trade": "Plumbing",
        "address": "Leeds",
        "phone": "1",
        "colour": "#103f78",
        field: payload,
    }
    assert_harmless(mail(firm=MailFirm(**given)))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
@pytest.mark.parametrize("field", ["text", "why", "label", "slip"])
def test_hostile_wording(field: str, payload: str):
    given: dict[str, Any] = {}
    if field == "label":
        given["button"] = Button(label=payload, url=URL)
    elif field == "slip":
        given["slip"] = given["bank"] = Slip(
            label=payload, amount=payload, note=payload, rows=((payload, payload),)
        )
    else:
        given[field] = payload
    assert_harmless(mail(**given), wording=field == "text")


def assert_harmless(made: Any, *, wording: bool = False) -> None:
    assert not re.search(r"[\r\n\x00-\x1f\x85\u2028\u2029]", made.subject)
    assert len(made.subject) <= 200
    own = Markup(mail().html)
    found = Markup(made.html)
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in own.tags} | {"br", "a"}
    known = {name for _, attributes in own.tags for name in attributes}
    assert {name for _, attributes in found.tags for name in attributes} <= known
    for tag, attributes in found.tags:
        if (href := attributes.get("href")) and tag == "a":
            assert href == URL or href.startswith("tel:") or (wording and re.match(r"https?://", href))
        for value in attributes.values():
            assert "attacker" not in (value or "") or wording
    assert made.html.count("<style>") == 1
    assert made.html.count("-->") == mail().html.count("-->")
    assert "\x00" not in made.text
    made.html.encode()
    made.text.encode()
    made.subject.encode()


def test_values_bring_no_paragraphs_and_no_button():
    made = mail(values={"client_name": "Jo\n\n{link}\n\nx", "reference": "x", "total": "x"})
    assert made.html.count("View and pay") == 1


@pytest.mark.parametrize("text", ["Look: {link}, please.", "Look.\n\n{link}\n\nBye.", "Look."])
def test_what_else_it_leads_to_stands_under_the_button(text: str):
    also = (
        Also(label="Quote <1>", note="£1.00", url=f"{URL}a"),
        Also(label="Quote 2", note="good until May", url=f"{URL}b"),
    )
    made = mail(text=text, also=also)
    assert f"Quote <1>, £1.00:\n{URL}a" in made.text
    assert f"Quote 2, good until May:\n{URL}b" in made.text
    assert f'href="{URL}b"' in made.html
    assert "Quote &lt;1&gt;" in made.html
    assert made.html.index("View and pay") < made.html.index("Quote 2")
    with pytest.raises(ValueError, match="web address"):
        mail(also=(Also(label="x", note="", url="javascript:alert(1)"),))


@pytest.mark.parametrize("key", WORDINGS)
def test_our_own_wordings_use_only_their_placeholders(key: str):
    wording = WORDINGS[key]
    for text in (wording.subject, wording.body):
        assert check(str(text), wording.placeholders) == []
    assert wording.link in wording.placeholders
    assert f"\n\n{{{wording.link}}}" in str(wording.body)
    values = {name: f"value of {name}" for name in wording.placeholders}
    made = compose(
        subject=str(wording.subject),
        text=str(wording.body),
        values=values,
        button=Button(label=str(wording.button), url=URL),
        slip=None,
        firm=FIRM,
        why=fill(str(wording.why), values | {"to": "jo@example.org"}),
    )
    assert "{" not in made.text + made.subject


def test_there_is_a_wording_for_every_message():
    assert set(WORDINGS) == {
        "portal_invite",
        "portal_signin_link",
        "invoice_ready",
        "receipt",
        "invoice_link",
        "member_invite",
        "bank_transfer_claimed",
        "overpayment",
        "confirm_email",
        "password_reset",
        "bank_details_changed",
        "quote_sent",
        "quote_accepted",
        "quote_answered",
        "quote_follow_up_1",
        "quote_follow_up_2",
        "quote_follow_up_3",
        "quote_accepted_trade",
        "quote_declined_trade",
        "quote_question_trade",
        "quote_changes_trade",
        "client_details_corrected",
        "data_requested",
    }
