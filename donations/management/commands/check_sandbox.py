import datetime as dt
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from donations import gateway, ledger
from donations.gateway import Payment, Session

SETTLING_SECONDS = 30
ONCE, MONTHLY = "a gift", "a monthly gift"
TEST_CARD_PAYS = ((2500, "USD"), (3000, "JPY"))


@dataclass(frozen=True)
class Gift:
    kind: str
    amount_minor: int
    currency: str


GIFTS = (Gift(ONCE, 2500, "USD"), Gift(ONCE, 3000, "JPY"), Gift(ONCE, 7500, "KWD"), Gift(MONTHLY, 2500, "EUR"))


class CheckError(Exception):
    """Stripe does something else than the portal relies on; the message says what."""


class Command(BaseCommand):
    help = "Walks the donor's journey against Stripe's test mode with your own test key; keeps nothing in the database."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")):
            raise CommandError("Set STRIPE_SECRET_KEY to a test key (sk_test_… or rk_test_…). Live keys are refused.")
        base = settings.STRIPE_API_BASE or "https://api.stripe.com"
        self.stdout.write(f"Stripe at {base}, API {gateway.API_VERSION}")
        begun_at = timezone.now()
        for gift in GIFTS:
            self._step(f"{gift.kind} of {gift.amount_minor} {gift.currency}, its pay page", partial(_pay_page, gift))
        for amount_minor, currency in TEST_CARD_PAYS:
            self._step(f"a test card pays {amount_minor} {currency}", partial(_payment, amount_minor, currency))
        self._step("the list of events", partial(_events, begun_at))
        self.stdout.write(self.style.SUCCESS("The donor's journey works with this key."))

    def _step(self, title: str, check: Callable[[], str]) -> None:
        try:
            said = check()
        except (CheckError, gateway.GatewayError, ledger.UnbalancedError) as error:
            self.stdout.write(f"failed  {title}")
            raise CommandError(f"{title}: {error}") from error
        self.stdout.write(f"ok      {title}: {said}")


def _pay_page(gift: Gift) -> str:
    """Open a pay page, open it again by the same key, read it, and close it."""
    name = f"check{secrets.token_hex(4)}"
    order = gateway.Order(
        donation=name,
        amount_minor=gift.amount_minor,
        currency=gift.currency,
        months=1 if gift.kind == MONTHLY else 0,
        title="Blue Heart: check_sandbox",
        email="dora@example.org",
        language="en",
        success_url=f"{settings.SITE_URL}/en/donate/thanks/?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{settings.SITE_URL}/en/donate/",
    )
    session = gateway.create_session(order, idempotency_key=name)
    if gateway.create_session(order, idempotency_key=name).session_id != session.session_id:
        raise CheckError("the same idempotency key led to two pay pages")
    _expect(gateway.retrieve_session(session.session_id), order, status="open")
    gateway.expire_session(session.session_id)
    _expect(gateway.retrieve_session(session.session_id), order, status="expired")
    return f"opened, read and closed ({session.session_id[:16]}…)"


def _expect(session: Session, order: gateway.Order, *, status: str) -> None:
    seen = (session.status, session.amount_minor, session.currency, session.donation)
    wanted = (status, order.amount_minor, order.currency, order.donation)
    if seen != wanted:
        raise CheckError(f"expected {wanted}, but Stripe says {seen}")


def _payment(amount_minor: int, currency: str) -> str:
    """Pay, wait until Stripe says what it keeps, and see that our books could take it."""
    payment = _settled(gateway.pay_by_test_card(amount_minor, currency))
    moved = payment.balance_transaction
    if moved is None:
        raise CheckError(f"no balance transaction after {SETTLING_SECONDS} s")
    if (payment.amount_minor, payment.currency) != (amount_minor, currency):
        raise CheckError(f"Stripe collected {payment.amount_minor} {payment.currency}")
    entries = ledger.donation_postings(amount_minor, currency, moved)
    return f"settled as {moved.amount_minor} {moved.currency}, fee {moved.fee_minor}, {len(entries)} ledger entries"


def _settled(payment: Payment) -> Payment:
    until = time.monotonic() + SETTLING_SECONDS
    while payment.balance_transaction is None and time.monotonic() < until:
        time.sleep(1)
        payment = gateway.retrieve_payment(payment.payment_intent_id)
    return payment


def _events(since: dt.datetime) -> str:
    kinds = {event.payload.get("type") for event in gateway.events_since(since - dt.timedelta(minutes=5))}
    if not {"checkout.session.expired", "payment_intent.succeeded"} <= kinds:
        raise CheckError(f"what happened just now is not in it, only {sorted(map(str, kinds))}")
    return "has what happened just now"
