"""Where the letters that the workers sent can be read, as with the profile `mail` of docker-compose.yml."""

import html
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.faults.site.mail_server import Mail, MailServer

LINK = re.compile(r"https?://[^\s<>\"]+")


class Letters(ThreadingHTTPServer):
    """One page of all letters, the newest first, each with links that can be pressed."""

    daemon_threads = True

    def __init__(self, mail: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.mail = mail
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/_mail/"

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


class _Page(BaseHTTPRequestHandler):
    server: Letters

    def do_GET(self) -> None:
        articles = "".join(_shown(mail) for mail in reversed(self.server.mail.mails()))
        body = f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">{articles}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_about: object) -> None:
        pass


def _shown(mail: Mail) -> str:
    text = LINK.sub(lambda link: f'<a href="{link[0]}">{link[0]}</a>', html.escape(mail.text, quote=False))
    subject = html.escape(str(mail.message["Subject"]))
    return f"<article><h2>{subject}</h2><p>{html.escape(mail.to)}</p><pre>{text}</pre></article>"
