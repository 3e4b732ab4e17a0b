"""Sandboxes to test with: in a process of their own or inside the tests', with Stripe's own client, and a receiver."""

import http.server
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import stripe

from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.server import Server
from stripe_sandbox.store import Store
from tests.stripe_sandbox.judge import judge_request, judge_response

ROOT = Path(__file__).parents[2]
SECRET = "whsec_for_tests"
KEY = "sk_test_sandbox_tests"
FAST = {"settle_seconds": 0, "debit_seconds": 3600}


class Receiver:
    """Takes webhooks as an app does: verified by the stripe package."""

    def __init__(self):
        self.events, self.raw, self.refuse = [], [], 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/stripe/webhook/"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handler(receiver):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], SECRET)
                refused = receiver.refuse > 0
                receiver.refuse -= refused
                if not refused:
                    receiver.raw.append((body, dict(self.headers)))
                    receiver.events.append(event)
                self.send_response(500 if refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                """Quiet."""

        return Handler

    def types(self):
        return [event.type for event in self.events]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Desk:
    """Stripe's client for a sandbox at an address, and its control desk."""

    def connect(self, base):
        self.base = base
        self.client = stripe.StripeClient(KEY, base_addresses={"api": base}, max_network_retries=0)
        self.v1 = self.client.v1
        self.control("clock", FAST)

    def control(self, path, given=None):
        body = None if given is None else json.dumps(given).encode()
        request = urllib.request.Request(f"{self.base}/_control/{path}", data=body)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def call(self, method, path, body="", **headers):
        """Without the library: status, headers and JSON."""
        named = {"Authorization": f"Bearer {KEY}"} | {name.replace("_", "-"): text for name, text in headers.items()}
        request = urllib.request.Request(self.base + path, data=body.encode() or None, headers=named, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, dict(response.headers), json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), json.loads(error.read())

    def session(self, amount=2500, currency="usd", monthly=False, every=None, **more):
        """`every` is an interval and how many of it, for what repeats otherwise than monthly."""
        price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Gift to the Trust Fund"}}
        if monthly or every:
            interval, count = every or ("month", 1)
            monthly, price["recurring"] = True, {"interval": interval, "interval_count": count}
        return self.v1.checkout.sessions.create(
            {
                "mode": "subscription" if monthly else "payment",
                "success_url": "http://localhost:8000/en/donate/thanks/?session={CHECKOUT_SESSION_ID}",
                "cancel_url": "http://localhost:8000/en/donate/",
                "line_items": [{"price_data": price, "quantity": 1}],
                **more,
            }
        )

    def pay(self, session, **how):
        return self.control("pay", {"session": session.id, **how})

    def settle(self, seconds=1):
        self.control("clock", {"advance_seconds": seconds})

    def event_types(self):
        return [event.type for event in reversed(list(self.v1.events.list({"limit": 100}).auto_paging_iter()))]

    def verdict(self):
        """What both judges say of everything that was asked and answered."""
        problems = []
        for entry in self.control("requests")["requests"]:
            if entry["status"] == 200:
                problems += judge_request(entry["method"], entry["path"], entry["params"])
            if entry["answer"] and "/payment_pages/" not in entry["path"]:
                problems += judge_response(entry["answer"])
        return sorted(set(problems))


class Running(Desk):
    """A sandbox in a process of its own."""

    def __init__(self, *options):
        command = [sys.executable, "-m", "stripe_sandbox", "--port", "0", *options, "--die-with-parent"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.connect(self.process.stdout.readline().split()[-1])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()


class Inside(Desk):
    """A sandbox in threads of the tests' own process: it starts in milliseconds."""

    def __init__(self, receiver):
        self.server = Server(0, lambda port: Sandbox(Store(None), origin=f"http://127.0.0.1:{port}"))
        self.server.sandbox.listen_to(receiver.url, SECRET)
        self.server.sandbox.start()
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.connect(f"http://127.0.0.1:{self.server.server_port}")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.server.sandbox.stop()


def eventually(condition, seconds=8):
    """Wait for what another thread does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False
