"""One pledge and one gift as they really happen, step by step, by HTTP and by the worker's own jobs.

Needs Django set up on a database that may be written to, mail kept in memory, and a Stripe sandbox in Stripe's place.
Each step runs within `watch("its name")`: what it costs is for the caller to find out.
"""

import fnmatch
import json
import re
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from django.core import mail
from django.test import Client
from django.utils import timezone

from blueheart.post.jobs import send_due
from donations import jobs
from donations.models import Donation, ReceiptOrder, StripeEvent
from donations.signatures import sign
from pledges.models import PreceptWording

# What docs/operating.md tells operators to have sent to the webhook.
SUBSCRIBED = (
    "charge.*", "checkout.session.*", "customer.subscription.*", "invoice.*", "payment_intent.payment_failed",
    "payout.*", "radar.early_fraud_warning.*", "refund.*",
)  # fmt: skip
HIDDEN = re.compile(r'name="(form_token|shown|seen|shown_currency)" value="([^"]*)"')
LINK = re.compile(r"https?://[^/\s]+(/\S+/pledge/confirm/[^/\s]+/)")
PRECEPTS = 3
LATE_SECONDS = 30  # after a payment, as long as nobody waits for it here

Watch = Callable[[str], AbstractContextManager[Any]]


class StoryError(AssertionError):
    """Something did not happen as people would have seen it happen."""


class Sandbox:
    """A Stripe sandbox that runs already: what it was asked, and what it has to tell."""

    def __init__(self, base: str, secret: str) -> None:
        self.base, self.secret = base, secret
        self.told: set[str] = set()

    def control(self, path: str, given: dict[str, Any] | None = None) -> Any:
        """What its desk answers."""
        return self._ask(f"/_control/{path}", None if given is None else json.dumps(given).encode())

    def calls(self) -> int:
        """How often the portal has asked it so far."""
        asked = self.control("requests")["requests"]
        return sum("/v1/" in entry["path"] and entry["path"] != "/v1/events" for entry in asked)

    def news(self, kinds: tuple[str, ...] = SUBSCRIBED) -> list[dict[str, Any]]:
        """The events of these kinds among what happened since the last time, oldest first."""
        found = [event for event in self._ask("/v1/events?limit=100")["data"] if event["id"] not in self.told]
        self.told |= {event["id"] for event in found}
        return [event for event in reversed(found) if any(fnmatch.fnmatch(event["type"], kind) for kind in kinds)]

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": "Bearer sk_test_desk"}
        asked = urllib.request.Request(f"{self.base}{path}", data=body, headers=headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)


def visitor(number: int) -> Client:
    """A browser with an address, and a network around it, of its own."""
    return _client(REMOTE_ADDR=f"{11 + number // 62_500}.{number // 250 % 250}.{number % 250}.9")


def pledge(number: int, *, shown: str, watch: Watch) -> None:
    """Sam opens the form, sends it, looks for the mail, confirms by its link and looks at his heart.

    `shown` is a stamp of `form_age` that is some seconds old.
    """
    browser = visitor(number)
    with watch("pledge form"):
        form = _fields(browser.get("/en/pledge/"))
    precepts = list(PreceptWording.objects.order_by("pk").values_list("pk", flat=True)[:PRECEPTS])
    typed = {"precepts": precepts, "way": "pin", "country": "PT", "public_name": "Sam Jones", "words": ""}
    typed |= {"is_16_or_older": "on", "email": f"sam-{uuid.uuid4().hex[:12]}@example.org", "website": ""}
    with watch("pledge posted"):
        answer = browser.post("/en/pledge/", form | typed | {"shown": shown, "step": "all", "go": "send"})
    _expect(answer.status_code == 302, "the pledge was not taken")
    with watch("check your mail"):
        browser.get(answer["Location"])
    link = _mailed(watch)
    with watch("confirmation opened"):
        seen = _fields(browser.get(link))
    with watch("pledge confirmed"):
        answer = browser.post(link, seen)
    _expect(answer.status_code == 302, "the pledge was not confirmed")
    with watch("own heart"):
        _expect(browser.get(answer["Location"]).status_code == 200, "the heart does not show")


def begin_gift(number: int, *, watch: Watch) -> Donation:
    """Dora opens the form and is sent to Stripe's pay page."""
    browser = visitor(number)
    with watch("gift form"):
        form = _fields(browser.get("/en/donate/"))
    typed = {"interval": "once", "currency": "USD", "preset": "2500", "amount": "", "campaign": "", "public_name": ""}
    typed |= {"email": f"dora-{uuid.uuid4().hex[:12]}@example.org", "receipt_name": "Dora Donor"}
    with watch("gift begun"):
        answer = browser.post("/en/donate/", form | typed)
    _expect(answer.status_code == 302, "the gift was not begun")
    return Donation.objects.get(checkout_url=answer["Location"])


def give(number: int, *, sandbox: Sandbox, watch: Watch) -> None:
    """A gift from the form to the mail with its receipt.

    In the order that costs most requests: the donor is back before the webhook, and both before Stripe knows its fee,
    so that the first event is tried once more.
    """
    sandbox.control("clock", {"settle_seconds": LATE_SECONDS})
    donation = begin_gift(number, watch=watch)
    sandbox.control("pay", {"session": donation.stripe_checkout_session_id})
    with watch("thanks"):
        page = visitor(number).get(f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}")
    _expect(page.status_code == 200, "no thanks")
    take_in(sandbox, watch=watch)
    work(watch=watch)
    _expect(_waiting() == 1, "Stripe’s fee was known at once")
    sandbox.control("clock", {"advance_seconds": LATE_SECONDS})
    take_in(sandbox, watch=watch)
    StripeEvent.objects.exclude(next_attempt_at=None).update(next_attempt_at=timezone.now())
    work(watch=watch)
    with watch("receipt"):
        while jobs.issue_receipts():
            pass
    donation.refresh_from_db()
    _mailed(watch)
    _expect(donation.status == Donation.Status.SUCCEEDED, f"the gift is {donation.status}")
    _expect(_waiting() == 0, "something of it waits")


def _waiting() -> int:
    """Events and receipts that the worker has not ended."""
    return sum(model.objects.exclude(next_attempt_at=None).count() for model in (StripeEvent, ReceiptOrder))


def take_in(sandbox: Sandbox, *, watch: Watch, kinds: tuple[str, ...] = SUBSCRIBED) -> int:
    """Have Stripe knock with what it has to tell; returns how many events that were."""
    news = sandbox.news(kinds)
    for event in news:
        body = json.dumps(event).encode()
        moment = int(time.time())
        signature = f"t={moment},v1={sign(body, sandbox.secret, moment)}"
        with watch("webhook"):
            answer = _client().post(
                "/stripe/webhook/", body, content_type="application/json", HTTP_STRIPE_SIGNATURE=signature
            )
        _expect(answer.status_code == 200, f"the webhook answers {answer.status_code}")
    return len(news)


def work(*, watch: Watch) -> None:
    """The worker's lane of events, until nothing is due."""
    with watch("events"):
        while jobs.process_events():
            pass


def _client(**environ: Any) -> Client:
    """A client of the site; all share one chain of middleware, as visitors do."""
    client = Client(HTTP_HOST="localhost", **environ)
    client.handler = _handler()
    return client


@cache
def _handler() -> Any:
    return Client().handler


def _mailed(watch: Watch) -> str:
    """Have the worker send the one mail that is due; the address that it asks to open, if it does."""
    mail.outbox.clear()
    with watch("mail"):
        send_due()
    _expect(len(mail.outbox) == 1, f"{len(mail.outbox)} mails were sent")
    found = LINK.search(str(mail.outbox[0].body))
    return found[1] if found else ""


def _fields(page: Any) -> dict[str, Any]:
    """The hidden fields that a browser sends back with the page's form."""
    _expect(page.status_code == 200, f"a form answers {page.status_code}")
    return dict(HIDDEN.findall(page.content.decode()))


def _expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise StoryError(otherwise)
