"""A bucket on loopback that speaks as much of S3 as we use, and believes only what is signed with its key (SigV4)."""

import datetime as dt
import hashlib
import hmac
import threading
import urllib.parse
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

KEY_ID, SECRET, REGION, NAME = "AKIATESTKEY", "a secret of the tests", "eu-test-1", "blueheart-media"
TOLD = ("content-type", "content-disposition", "cache-control", "x-amz-meta-x-content-type-options")


@dataclass
class Thing:
    body: bytes
    headers: dict[str, str]
    changed_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


class Bucket:
    """Its objects by their keys; requests with a wrong signature are refused and counted."""

    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.refused = 0
        bucket = self

        class Handler(_Handler):
            pass

        Handler.bucket = bucket
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """A STORAGE_URL."""
        endpoint = f"http://127.0.0.1:{self._server.server_port}"
        return f"s3://{NAME}?{urllib.parse.urlencode({'endpoint_url': endpoint, 'region': REGION})}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_signed(body):
            headers = {name: value for name in TOLD if (value := self.headers.get(name))}
            self.bucket.things[self._key] = Thing(body, headers)
            self._answer(200)

    def do_GET(self) -> None:
        if not self._is_signed(b""):
            return
        if not self._key:
            self._list()
        elif thing := self.bucket.things.get(self._key):
            self._answer(200, thing.body, self._told(thing))
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_HEAD(self) -> None:
        if self._is_signed(b""):
            thing = self.bucket.things.get(self._key)
            self._answer(200 if thing else 404, thing.body if thing else b"", self._told(thing) if thing else {})

    def do_DELETE(self) -> None:
        if self._is_signed(b""):
            self.bucket.things.pop(self._key, None)
            self._answer(204)

    @property
    def _parts(self) -> urllib.parse.SplitResult:
        return urllib.parse.urlsplit(self.path)

    @property
    def _key(self) -> str:
        return urllib.parse.unquote(self._parts.path).removeprefix(f"/{NAME}").lstrip("/")

    def _told(self, thing: Thing) -> dict[str, str]:
        return thing.headers | {"Last-Modified": format_datetime(thing.changed_at, usegmt=True), "ETag": '"e"'}

    def _list(self) -> None:
        prefix = dict(urllib.parse.parse_qsl(self._parts.query)).get("prefix", "")
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(thing.body)}</Size>"
            f"<LastModified>{thing.changed_at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            for key, thing in sorted(self.bucket.things.items())
            if key.startswith(prefix)
        )
        xml = f"<ListBucketResult><Name>{NAME}</Name><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        self._answer(200, xml.encode(), {"Content-Type": "application/xml"})

    def _is_signed(self, body: bytes) -> bool:
        """As https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html has it."""
        said = self.headers.get("Authorization", "")
        if said and hmac.compare_digest(said.rpartition("Signature=")[2], self._signature(said, body)):
            return True
        self.bucket.refused += 1
        self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        return False

    def _signature(self, said: str, body: bytes) -> str:
        parts = dict(part.strip().split("=", 1) for part in said.partition(" ")[2].split(","))
        key_id, *scope = parts["Credential"].split("/")
        hashed = self.headers["x-amz-content-sha256"]
        if key_id != KEY_ID or hashed != hashlib.sha256(body).hexdigest():
            return "never"
        names = parts["SignedHeaders"].split(";")
        query = urllib.parse.parse_qsl(self._parts.query, keep_blank_values=True)
        told = sorted((urllib.parse.quote(name, "-_.~"), urllib.parse.quote(value, "-_.~")) for name, value in query)
        request = "\n".join([
            self.command, self._parts.path, "&".join(f"{name}={value}" for name, value in told),
            *(f"{name}:{' '.join(self.headers[name].split())}" for name in names), "", ";".join(names), hashed,
        ])  # fmt: skip
        key = f"AWS4{SECRET}".encode()
        for word in scope:
            key = hmac.digest(key, word.encode(), "sha256")
        moment, digest = self.headers["x-amz-date"], hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", moment, "/".join(scope), digest])
        return hmac.new(key, text.encode(), "sha256").hexdigest()

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def log_message(self, *_about: object) -> None:
        """Nobody reads it."""
