import json
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from dev.process import wait_until
from dev.state import State, is_free


@pytest.fixture
def catcher(state: State) -> Iterator[State]:
    ports = ["--smtp", f"{state.port('smtp')}", "--port", f"{state.port('mail')}"]
    command = [sys.executable, "-m", "dev.mailcatcher", *ports, "--state", str(state.folder)]
    process = subprocess.Popen(command)
    assert wait_until(lambda: not is_free(state.port("smtp")) and not is_free(state.port("mail")), 10)
    yield state
    process.terminate()
    assert process.wait(10) == 0


def send(catcher: State, *, to: str, subject: str, bcc: str = "") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Leeds Pipes <mail@example.com>", to, subject
    message.set_content("Pay here: https://example.com/pay?a=1&b=2\n£5 – thank you")
    message.add_alternative(
        "<p>Pay <a href='https://example.com/pay'>here</a></p><script>1</script>", subtype="html"
    )
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="INV-1.pdf")
    with smtplib.SMTP("127.0.0.1", catcher.port("smtp"), timeout=5) as door:
        door.send_message(message, to_addrs=[to, *filter(None, [bcc])])


def get(catcher: State, path: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{catcher.port('mail')}{path}", timeout=5) as response:
        return response.read(), response.headers["Content-Type"]


def test_a_mail_can_be_read_as_json(catcher: State) -> None:
    send(catcher, to="jo@example.com", subject="Invoice INV-1 – £5")
    send(catcher, to="kit@example.com", subject="Another", bcc="Ann@example.com")
    [mail] = json.loads(get(catcher, "/api/messages?to=jo@example.com")[0])
    assert mail["subject"] == "Invoice INV-1 – £5"
    assert mail["links"] == ["https://example.com/pay?a=1&b=2"]
    assert "£5 – thank you" in mail["text"]
    assert mail["attachments"] == [{"name": "INV-1.pdf", "type": "application/pdf", "size": 8}]
    [copied] = json.loads(get(catcher, "/api/messages?to=ann@example.com")[0])
    assert copied["to"] == ["kit@example.com", "ann@example.com"]
    assert len(json.loads(get(catcher, "/api/messages")[0])) == 2


def test_a_mail_can_be_read_on_a_page(catcher: State) -> None:
    send(catcher, to="jo@example.com", subject="<b>Hello</b>")
    page = get(catcher, "/")[0].decode()
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page
    assert "<b>Hello" not in page
    assert 'href="https://example.com/pay?a=1&amp;b=2"' in get(catcher, "/mail/1")[0].decode()
    assert get(catcher, "/mail/1/attachment/0") == (b"%PDF-1.7", "application/pdf")
    assert b"<script>" in get(catcher, "/mail/1/html")[0]


@pytest.mark.parametrize(
    "path", ["/mail/9", "/mail/x", "/mail/1/attachment/7", "/api/messages/0", "/../secrets.json"]
)
def test_what_is_not_there_is_a_404(catcher: State, path: str) -> None:
    send(catcher, to="jo@example.com", subject="Hello")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(catcher, path)
