"""Stories against the Stripe sandbox, a process of its own; what we sent it is judged at the end of each."""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import pytest
from django.test.testcases import LiveServerThread, _MediaFilesHandler

from donations import jobs
from donations.models import Donation, LedgerEntry
from tests.stripe_sandbox.judge import judge_request

ROOT = Path(__file__).parents[2]
SECRET = "whsec_for_the_donations_tests"


class Sandbox:
    """A sandbox in memory and its control desk. Webhooks it sends go nowhere unless a test listens."""

    def __init__(self, webhook_url):
        command = [
            sys.executable, "-m", "stripe_sandbox", "--port", "0", "--memory", "--die-with-parent",
            "--webhook-url", webhook_url, "--webhook-secret", SECRET,
        ]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.base = self.process.stdout.readline().split()[-1]

    def control(self, path, given=None, method=None):
        body = None if given is None else json.dumps(given).encode()
        request = urllib.request.Request(f"{self.base}/_control/{path}", data=body, method=method)
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)

    def pay(self, donation, *, settled=True, **how):
        """Dora pays on the hosted page; Stripe says at once what it kept, unless the story wants to wait."""
        paid = self.control("pay", {"session": donation.stripe_checkout_session_id, **how})
        if settled:
            self.settle(0)
        return paid

    def fault(self, **fault):
        self.control("faults", fault)

    def settle(self, seconds=0):
        """Let Stripe do what is due, such as saying what it kept of the payments."""
        self.control("clock", {"advance_seconds": seconds})

    def requests(self, path="", method=""):
        found = self.control("requests")["requests"]
        return [each for each in found if path in each["path"] and method in each["method"]]

    def sessions(self):
        return self.control("truth")["checkout_sessions"]

    def api(self, path, method="GET", params=None):
        """Stripe's own address, called as its dashboard or somebody else would."""
        request = urllib.request.Request(
            f"{self.base}/v1/{path}",
            data=urllib.parse.urlencode(params).encode() if params else None,
            headers={"Authorization": "Bearer sk_test_dashboard"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def problems(self):
        return sorted(
            {
                problem
                for entry in self.control("requests")["requests"]
                if entry["status"] < 400
                for problem in judge_request(entry["method"], entry["path"], entry["params"])
            }
        )

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()

    def begin_anew(self):
        """Empty it. Webhooks wait until they are asked for; what a card pays is settled at once."""
        self.control("forget", {})
        self.control("deliveries", {"pause": True})
        self.control("clock", {"settle_seconds": 0, "debit_seconds": 3600})


class Stand:
    """The sandbox that stories of one process share: emptied for each, and renewed once its clock was moved."""

    def __init__(self):
        self.running = None

    def fresh(self):
        if self.running and self._is_spent():
            self.close()
        if not self.running:
            self.running = Sandbox("http://127.0.0.1:9/stripe/webhook/")
        self.running.begin_anew()
        return self.running

    def _is_spent(self):
        ended = self.running.process.poll() is not None
        return ended or self.running.control("clock")["offset_seconds"] != 0

    def close(self):
        if self.running:
            self.running.stop()
        self.running = None


@pytest.fixture(scope="session")
def _stand():
    stand = Stand()
    yield stand
    stand.close()


@pytest.fixture
def sandbox(settings, _stand):
    """An empty sandbox, wired as Stripe. It settles payments at once unless a story says otherwise."""
    running = _stand.fresh()
    settings.STRIPE_SECRET_KEY = "sk_test_donations"
    settings.STRIPE_API_BASE = running.base
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    yield running
    assert running.problems() == []


@pytest.fixture
def site(committed_db):
    """The portal behind a real socket, on a database that commits."""
    server = LiveServerThread("127.0.0.1", _MediaFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


def typed(**changes):
    """What Dora types into the form; a field changed to None is left out."""
    fields = {
        "form_token": str(uuid.uuid4()),
        "shown_currency": "USD",
        "interval": "once",
        "currency": "USD",
        "preset": "2500",
        "amount": "",
        "campaign": "",
        "email": "dora@example.org",
        "receipt_name": "Dora Donor",
        "public_name": "",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


@pytest.fixture
def dora_gives(client, sandbox):
    """Dora fills in the form and is sent to the pay page; changes are what she types differently."""

    def dora_gives(*, at="/en/donate/", **changes):
        answer = client.post(at, typed(**changes))
        assert answer.status_code == 302, re.findall(r"<li>.*</li>", answer.content.decode())
        assert answer.url.startswith(sandbox.base)
        return Donation.objects.get(checkout_url=answer.url)

    return dora_gives


@pytest.fixture
def worker(sandbox, settings):
    """The worker's events, taken from Stripe's list as without a webhook, until nothing is due."""

    def worker():
        settings.STRIPE_WEBHOOK_SECRETS = []
        jobs.poll_events()
        while jobs.process_events() or jobs.issue_receipts():
            pass
        while jobs.issue_receipts():
            pass
        jobs.close_windows()

    return worker


def books():
    """All entries as (account, currency, amount)."""
    return sorted(LedgerEntry.objects.values_list("account", "currency", "amount_minor"))
