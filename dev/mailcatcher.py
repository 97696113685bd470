"""A mail catcher: takes every mail over SMTP, delivers none, and shows them on a web page.

`python -m dev.mailcatcher --smtp 1025 --port 8025 --state FOLDER`. For tests the same as JSON:
`GET /api/messages?to=jo@example.com` (newest first), `GET /api/messages/7`, `DELETE /api/messages`.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

LIMIT = 25 * 1024 * 1024


class Mailbox:
    """The caught mails, each a file; a restart finds them again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def add(self, recipients: list[str], content: bytes) -> None:
        """Keeps a mail, and in a header of our own whom it was for (a blind copy says so nowhere)."""
        envelope = f"X-Envelope-To: {', '.join(recipients)}\r\n".encode()
        with self._lock:
            number = max(self.numbers(), default=0) + 1
            draft = self.folder / f"{number}.new"
            draft.write_bytes(envelope + content)
            draft.rename(self.folder / f"{number}.eml")

    def numbers(self) -> list[int]:
        """Newest first."""
        return sorted((int(path.stem) for path in self.folder.glob("*.eml")), reverse=True)

    def get(self, number: int) -> Mail | None:
        path = self.folder / f"{number}.eml"
        if not path.exists():
            return None
        return Mail(number, message_from_bytes(path.read_bytes(), policy=policy.default))

    def all(self, to: str | None = None) -> list[Mail]:
        """Newest first, all of them or one recipient's."""
        mails = [mail for number in self.numbers() if (mail := self.get(number))]
        return [mail for mail in mails if to is None or to.lower() in mail.recipients]

    def clear(self) -> None:
        for path in self.folder.glob("*.eml"):
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Mail:
    """One caught mail."""

    number: int
    message: EmailMessage

    @property
    def recipients(self) -> list[str]:
        return [word.strip().lower() for word in str(self.message["X-Envelope-To"]).split(",")]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    def body(self, kind: str) -> str:
        """The text or HTML part, or nothing."""
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""

    @property
    def attachments(self) -> list[EmailMessage]:
        return list(self.message.iter_attachments())

    def summary(self) -> dict[str, Any]:
        return {
            "id": self.number,
            "from": str(self.message["From"]),
            "to": self.recipients,
            "reply_to": str(self.message["Reply-To"] or ""),
            "subject": self.subject,
            "date": str(self.message["Date"] or ""),
        }

    def details(self) -> dict[str, Any]:
        text = self.body("plain")
        links = re.findall(r"https?://[^\s<>\"']+", text) or re.findall(
            r'href="([^"]+)"', html.unescape(self.body("html"))
        )
        return self.summary() | {
            "text": text,
            "html": self.body("html"),
            "links": links,
            "headers": [[name, str(value)] for name, value in self.message.items()],
            "attachments": [
                {"name": part.get_filename(), "type": part.get_content_type(), "size": len(_bytes(part))}
                for part in self.attachments
            ],
        }


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


class Door:
    """What aiosmtpd calls for each mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mailbox.add(envelope.rcpt_tos, envelope.original_content or b"")
        return "250 OK"


class Pages(BaseHTTPRequestHandler):
    """The list, a mail, its HTML in a sandbox, its attachments, and all of it as JSON."""

    mailbox: Mailbox

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        parts = [part for part in address.path.split("/") if part]
        to = parse_qs(address.query).get("to", [None])[0]
        match parts:
            case []:
                self.answer_page("Mail", _list(self.mailbox.all(to)))
            case ["api", "messages"]:
                self.answer_json([mail.details() for mail in self.mailbox.all(to)])
            case ["api", "messages", number]:
                self.about(number, lambda mail: self.answer_json(mail.details()))
            case ["mail", number]:
                self.about(number, lambda mail: self.answer_page(mail.subject, _page(mail)))
            case ["mail", number, "html"]:
                self.about(number, lambda mail: self.answer(mail.body("html").encode(), "text/html"))
            case ["mail", number, "attachment", place] if place.isdecimal():
                self.about(number, lambda mail: self.answer_attachment(mail, int(place)))
            case ["healthz"]:
                self.answer(b"ok", "text/plain")
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def do_DELETE(self) -> None:
        if self.path != "/api/messages":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.mailbox.clear()
        self.answer_json([])

    def about(self, number: str, show: Callable[[Mail], None]) -> None:
        """Calls `show` with the mail of this number, or answers 404."""
        mail = self.mailbox.get(int(number)) if number.isdecimal() else None
        if mail is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            show(mail)

    def answer_attachment(self, mail: Mail, place: int) -> None:
        if place >= len(mail.attachments):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        part = mail.attachments[place]
        self.answer(_bytes(part), part.get_content_type())

    def answer_json(self, value: Any) -> None:
        self.answer(json.dumps(value, ensure_ascii=False).encode(), "application/json")

    def answer_page(self, title: str, body: str) -> None:
        page = PAGE.replace("{title}", html.escape(title)).replace("{body}", body)
        self.answer(page.encode(), "text/html")

    def answer(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(content)))
        # A mail's own scripts never run, and its links open outside the frame.
        self.send_header(
            "Content-Security-Policy", "sandbox allow-popups allow-same-origin; script-src 'none'"
        )
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet: tests ask many times a second."""


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
:root { color-scheme: light dark; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884; }
iframe { width: 100%; height: 40rem; border: 1px solid #8884; background: #fff; }
pre { white-space: pre-wrap; padding: 1rem; border: 1px solid #8884; overflow-wrap: anywhere; }
</style></head><body><p><a href="/">All mail</a></p><h1>{title}</h1>{body}</body></html>"""


def _list(mails: list[Mail]) -> str:
    if not mails:
        return (
            "<p>Nothing was sent yet. Every mail the app sends turns up here; none leaves this machine.</p>"
        )
    rows = "".join(
        f"<tr><td>{html.escape(', '.join(mail.recipients))}</td>"
        f'<td><a href="/mail/{mail.number}">{html.escape(mail.subject) or "(no subject)"}</a></td>'
        f"<td>{html.escape(str(mail.message['Date'] or ''))}</td></tr>"
        for mail in mails
    )
    return f"<table><tr><th>To</th><th>Subject</th><th>Sent</th></tr>{rows}</table>"


def _page(mail: Mail) -> str:
    shown = ("From", "To", "Reply-To", "Date")
    head = "".join(f"<br>{name}: {html.escape(str(mail.message[name] or ''))}" for name in shown)
    files = "".join(
        f'<li><a href="/mail/{mail.number}/attachment/{place}">'
        f"{html.escape(part.get_filename() or 'file')}</a>"
        for place, part in enumerate(mail.attachments)
    )
    text = re.sub(
        r"https?://[^\s<>\"']+",
        lambda link: f'<a href="{link[0]}">{link[0]}</a>',
        html.escape(mail.body("plain"), quote=False),
    )
    frame = f'<iframe src="/mail/{mail.number}/html" title="HTML"></iframe>' if mail.body("html") else ""
    return f"<p>{head}</p><ul>{files}</ul><pre>{text}</pre>{frame}"


async def serve(mailbox: Mailbox, *, smtp: int, port: int) -> None:
    """Both servers, until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)

    def door() -> SMTP:
        return SMTP(Door(mailbox), data_size_limit=LIMIT, enable_SMTPUTF8=True, ident="mail catcher")

    mails = await loop.create_server(door, "127.0.0.1", smtp)
    pages = ThreadingHTTPServer(("127.0.0.1", port), type("BoundPages", (Pages,), {"mailbox": mailbox}))
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    await stopped.wait()
    mails.close()
    pages.shutdown()


def main() -> None:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(Mailbox(arguments.state / "mail"), smtp=arguments.smtp, port=arguments.port))


if __name__ == "__main__":
    main()
