"""The HTTP server: HTTP/1.1 with kept connections, a thread for each, on 127.0.0.1 only."""

from __future__ import annotations

import socket
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stripe_sandbox import api, control, dashboard, invoice_page, pages, pay_page, portal_page
from stripe_sandbox.messages import Request, Response, is_loopback_host, is_own_page, json_response
from stripe_sandbox.sandbox import Sandbox

MAX_BODY = 1_000_000
ADDRESS = "127.0.0.1"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, sandbox_at: Any) -> None:
        super().__init__((ADDRESS, port), Handler)
        self.sandbox: Sandbox = sandbox_at(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's error; anything else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stripe-sandbox"
    sys_version = ""
    timeout = 120
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        self.serve()

    do_HEAD = do_POST = do_DELETE = do_GET

    def serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > MAX_BODY or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self.send(
                json_response({"error": {"message": "Request body refused.", "type": "invalid_request_error"}}, 413)
            )
            return
        path, _, query = self.path.partition("?")
        request = Request(self.command, path, query, self.headers, self.rfile.read(int(length)))
        self.send(route(self.server.sandbox, request))

    def send(self, response: Response) -> None:
        if response.breaks == "reset":
            self.reset()
            return
        body = response.body
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.breaks == "truncate":
            body = body[: len(body) // 2]
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reset(self) -> None:
        """Cut the connection with RST: the client cannot know what happened."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: GET /_control/requests tells more."""


def route(sandbox: Sandbox, request: Request) -> Response:
    if not is_loopback_host(request.header("Host")):
        return json_response({"error": {"message": "This sandbox answers on this machine only."}}, 421)
    if request.path.startswith(("/v1/", "/v2/")):
        return api.answer(sandbox, request)
    if request.path.startswith("/_control/"):
        return control.answer(sandbox, request)
    if request.path.startswith("/c/pay/"):
        return pay_page.answer(sandbox, request)
    if request.method == "POST" and request.path.startswith(("/p/session/", "/invoices/")) and not is_own_page(request):
        return pages.page("Refused", pay_page.plain("Refused", "Posted by another site."), status=403)
    if request.path.startswith("/p/session/"):
        return portal_page.answer(sandbox, request)
    if request.path.startswith("/invoices/"):
        return invoice_page.answer(sandbox, request)
    if request.path.startswith("/3d-secure/"):
        return pay_page.bank_redirect(sandbox, request)
    if request.path == pages.STYLESHEET_PATH:
        return pages.stylesheet()
    if request.path == "/":
        return dashboard.answer(sandbox, request)
    return pages.page("Not found", pay_page.plain("Not found", "There is no such page."), status=404)
