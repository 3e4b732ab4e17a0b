"""What we ask Stripe goes to Stripe, whatever an answer says."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from donations.gateway import GatewayError, client


class SendsElsewhere(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        self.send_response(302 if "elsewhere" not in self.path else 200)
        self.send_header("Location", "/elsewhere/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture
def mallory():
    """A server that answers in Stripe's place and sends everybody on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SendsElsewhere)
    server.daemon_threads = True
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_redirect_of_stripes_is_not_followed(settings, mallory):
    settings.STRIPE_SECRET_KEY = "sk_test_redirected"
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{mallory.server_port}"

    with pytest.raises(GatewayError):
        client.call(lambda: client.client().v1.events.retrieve("evt_1"))
    assert {path for path, _key in mallory.asked} == {"/v1/events/evt_1"}
    client.client()._requestor._client.close()


def test_the_certificate_of_stripe_is_checked():
    """Against the authorities that the library brings, and by the host's name."""
    import stripe  # noqa: PLC0415  lazy: it costs 120 ms

    assert stripe.verify_ssl_certs is True
    assert stripe.api_base == stripe.DEFAULT_API_BASE == "https://api.stripe.com"
    assert client._client_for("sk_test_checked", "")._requestor._client._verify_ssl_certs is True
