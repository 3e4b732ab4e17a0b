"""A vulnerability service of our own on loopback, so that the gates which ask one can be shown to turn red offline."""

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WEAK = "blueheart-canary"
OSV = {
    "id": "GHSA-cana-rycc-anry",
    "summary": "planted",
    "affected": [{"package": {"ecosystem": "PyPI", "name": WEAK}, "versions": ["1.0"]}],
}
ADVISORY = {
    "id": 1, "url": "https://github.com/advisories/GHSA-cana-rycc-anry", "title": "planted", "severity": "high",
    "vulnerable_versions": "<2.0.0", "cwe": [], "cvss": {"score": 9, "vectorString": None},
}  # fmt: skip
PACKUMENT = {
    "name": WEAK,
    "dist-tags": {"latest": "1.0.0"},
    "versions": {"1.0.0": {"name": WEAK, "version": "1.0.0", "dist": {"tarball": "", "integrity": ""}}},
}


class Handler(BaseHTTPRequestHandler):
    """Answers as OSV and as npm's registry do; it knows of one weak package."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        asked = json.loads(body)
        if "package" in asked:
            self._send({"vulns": [OSV]} if asked["package"]["name"] == WEAK else {})
        else:
            self._send({WEAK: [ADVISORY]} if WEAK in asked else {})

    def do_GET(self) -> None:
        self._send(PACKUMENT)

    def _send(self, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Nothing: the self-check prints one line for each canary."""


@contextlib.contextmanager
def service() -> Iterator[str]:
    """The address of a service that runs until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
