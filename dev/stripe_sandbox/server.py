"""The HTTP server: loopback only, a thread for each connection."""

from __future__ import annotations

import json
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import pages
from .account import Account
from .api import Answer, Api, Request
from .control import Control
from .delivery import FIRST_RETRY, Delivery
from .errors import ApiError
from .hosted import HostedPages, Page
from .store import Store

HOST = "127.0.0.1"
LARGEST_BODY = 1_000_000
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class SandboxServer:
    """Everything put together, listening on a port (0: a free one)."""

    def __init__(
        self,
        port: int = 0,
        state: Path | None = None,
        *,
        base_url: str | None = None,
        first_retry: float = FIRST_RETRY,
    ) -> None:
        self.http = _HttpServer((HOST, port), _Handler)
        self.http.sandbox = self
        self.url = f"http://{HOST}:{self.http.server_address[1]}"
        self.store = Store(state)
        self.api = Api(self.store, (base_url or self.url).rstrip("/"))
        self.delivery = Delivery(self.store, self._account, first_retry)
        self.control = Control(self.api, self.delivery)
        self.pages = HostedPages(self.api)
        self._thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def _account(self, name: str) -> Account:
        return self.api.account(name)

    def start(self) -> None:
        """Serve in a thread of this process."""
        self.delivery.start()
        self._thread.start()

    def serve(self) -> None:
        """Serve until stopped from another thread or by an exception."""
        self.delivery.start()
        self.http.serve_forever()

    def stop(self) -> None:
        self.api.stopping.set()
        self.http.shutdown()
        self.http.server_close()
        self.delivery.stop()
        self.store.close()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    sandbox: SandboxServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _HttpServer

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, *_args: Any) -> None:
        """Quiet: the control API has the log of requests."""

    def _handle(self) -> None:
        try:
            self._dispatch()
        except ConnectionError:
            self.close_connection = True
        except Exception:  # noqa: BLE001 - a bug here must be seen, not end the connection
            traceback.print_exc()
            self.server.sandbox.store.add_findings(self.path, [traceback.format_exc(limit=-1)])
            self._send_json(500, {"error": {"message": "The sandbox failed; see its output."}})

    def _dispatch(self) -> None:
        sandbox = self.server.sandbox
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            return self._send_json(413, {"error": {"message": "Request too large."}})
        body = self.rfile.read(length)
        if address.path.startswith("/v1/"):
            return self._send_answer(sandbox.api.handle(self._api_request(address.path, address.query, body)))
        if address.path.startswith("/_sandbox/"):
            return self._control(address.path, address.query, body)
        if address.path.startswith("/c/"):
            page = sandbox.pages.handle(self.command, address.path, address.query, body)
            sandbox.delivery.wake()
            return self._send_page(page)
        if address.path == "/":
            return self._send_page(
                Page(200, pages.index_page(base=sandbox.url, controls=sandbox.control.names))
            )
        return self._send_json(404, {"error": {"message": "Not found", "type": "invalid_request_error"}})

    def _api_request(self, path: str, query: str, body: bytes) -> Request:
        return Request(
            self.command,
            path,
            query,
            body,
            self.headers.get("Authorization"),
            self.headers.get("Idempotency-Key"),
        )

    def _control(self, path: str, query: str, body: bytes) -> None:
        if body and not self.headers.get("Content-Type", "").startswith("application/json"):
            # A form on a web page could be sent here by any browser of this machine; JSON cannot
            return self._send_json(415, {"error": {"message": "Send application/json."}})
        try:
            given = json.loads(body) if body else dict(parse_qsl(query))
            self._send_json(200, self.server.sandbox.control.handle(self.command, path, given))
        except ApiError as error:
            self._send_json(error.status, error.body)
        except ValueError as error:
            self._send_json(400, {"error": {"message": str(error)}})

    def _send_answer(self, answer: Answer) -> None:
        self.server.sandbox.delivery.wake()
        if answer.silence is not None:
            self.server.sandbox.api.stopping.wait(answer.silence)
            self.close_connection = True
            return
        self._send_json(answer.status, answer.body, answer.headers)

    def _send_page(self, page: Page) -> None:
        extra = {"Location": page.location} if page.location else {}
        self._send(page.status, page.html.encode(), _PAGE_HEADERS | extra)

    def _send_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        text = json.dumps(body, indent=2).encode() + b"\n"
        self._send(
            status, text, {"Content-Type": "application/json", "Cache-Control": "no-store", **(headers or {})}
        )

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
