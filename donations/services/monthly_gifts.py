"""Monthly gifts after they began: their later charges, and what Stripe says became of them.

Everything comes in by looking at Stripe, whoever asked for it: `book_subscription` compares what is there with what we
know, writes down each difference once, and promises the mail about it in the same transaction.
"""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from blueheart.post import outbox
from donations.gateway import Invoice, Subscription
from donations.models import Donation, Interval, MonthlyGift, MonthlyGiftChange
from donations.services.fulfilment import UnknownDonationError, as_given, book_payment, quarantine

Kind, By = MonthlyGiftChange.Kind, MonthlyGiftChange.By

FIRST_INVOICE = "subscription_create"
OPEN_INVOICE, DROPPED_INVOICES = "open", frozenset({"void", "uncollectible"})
CHARGES_FAILED = MonthlyGiftChange.Feedback.PAYMENT_FAILED
# Stripe's feedback, and its reasons for an end, are short words.
LONGEST_WORD = 40
MARK = re.compile(r"(?P<by>donor|staff):(?P<kind>[a-z]+):(?P<token>[0-9a-f-]{36})")
# Who gives every month knows the day; Stripe says at most this long ahead that a charge is near.
NOTICED = frozenset({Interval.QUARTER, Interval.YEAR})
NOTICE_AHEAD = dt.timedelta(days=46)

LETTERS = {
    Kind.AMOUNT: "monthly-gift-changed",
    Kind.PAUSED: "monthly-gift-paused",
    Kind.RESUMED: "monthly-gift-resumed",
    Kind.CARD: "monthly-gift-card",
    Kind.CANCELLED: "monthly-gift-cancelled",
}
TAKEN_FROM_STRIPE = (
    "status", "status_as_of", "amount_minor", "stripe_payment_method_id", "next_charge_at", "is_paused", "resumes_at",
    "ends_at_period_end", "ended_at",
)  # fmt: skip
FAILING = ("failing_invoice_id", "failed_tries", "next_try_at", "authenticate_url")


@dataclass(frozen=True)
class Asked:
    """Who asked for a change, and by which form: one form makes one change, however often it is sent."""

    by: str
    form_token: uuid.UUID

    def wish(self, monthly_gift: MonthlyGift, wanted: object) -> "Asked":
        """The same form with this wish in it: sent once more with another one, it asks for another change."""
        return Asked(self.by, uuid.uuid5(self.form_token, f"{monthly_gift.public_id} {wanted}"))

    def mark(self, kind: str) -> str:
        """What we write into the subscription with the change, so that it is known as ours however we learn of it."""
        return f"{self.by}:{kind}:{self.form_token}"

    @classmethod
    def of(cls, subscription: Subscription, kind: str) -> "Asked | None":
        """Who asked for the newest change of this kind; None where it was not asked for through us."""
        for mark in subscription.marks:
            found = MARK.fullmatch(mark)
            if found and found["kind"] == kind:
                return cls(found["by"], uuid.UUID(found["token"]))
        return None

    def was_heard(self) -> bool:
        """Whether the change was made and written down before."""
        return MonthlyGiftChange.objects.filter(form_token=self.form_token).exists()


# Charges


def is_first_invoice(invoice: Invoice) -> bool:
    """Whether the invoice belongs to the Checkout Session that began the subscription."""
    return invoice.billing_reason == FIRST_INVOICE


def is_agreed(invoice: Invoice) -> bool:
    """Whether the invoice asks for what we know to have been agreed; if not, Stripe may know of a change before us."""
    monthly_gift = MonthlyGift.objects.filter(stripe_subscription_id=invoice.subscription_id).first()
    return monthly_gift is None or invoice.amount_minor in _agreed_amounts(monthly_gift, invoice)


@transaction.atomic
def book_renewal(invoice: Invoice) -> Donation:
    """Book one charge of a monthly gift after the first: a donation of its own, found by its invoice.

    It must be of an amount that was agreed when the invoice was drawn, else it is set aside. Raises
    `UnknownDonationError` where there is no such monthly gift.
    """
    monthly_gift = lock_monthly_gift(invoice.subscription_id)
    if monthly_gift is None:
        raise UnknownDonationError(f"subscription {invoice.subscription_id}", is_marked=False)
    if monthly_gift.failing_invoice_id == invoice.invoice_id:
        _forget_failure(monthly_gift)
    donation = _renewal(monthly_gift, invoice)
    if (invoice.amount_minor, invoice.currency) != (donation.amount_minor, donation.currency):
        says = f"the invoice says {invoice.amount_minor} {invoice.currency}"
        return quarantine(donation, says, invoice.payment)
    return book_payment(donation, invoice.payment)


def _renewal(monthly_gift: MonthlyGift, invoice: Invoice) -> Donation:
    agreed = _agreed_amounts(monthly_gift, invoice)
    amount_minor = invoice.amount_minor if invoice.amount_minor in agreed else monthly_gift.amount_minor
    given = as_given(monthly_gift) | {
        "amount_minor": amount_minor,
        "fee_cover_minor": _fee_cover(monthly_gift, amount_minor),
        "interval": monthly_gift.interval,
        "monthly_gift": monthly_gift,
    }
    donations = Donation.objects.select_for_update(of=["self"])
    return donations.get_or_create(stripe_invoice_id=invoice.invoice_id, defaults=given)[0]


def _agreed_amounts(monthly_gift: MonthlyGift, invoice: Invoice) -> set[int]:
    """What is agreed now, and what was when the invoice was drawn; a day later Stripe collects what it drew."""
    agreed = {monthly_gift.amount_minor}
    changes = monthly_gift.changes.filter(kind=Kind.AMOUNT).order_by("changed_at", "pk")
    changed_since = changes.filter(changed_at__gte=invoice.created_at).first() if invoice.created_at else None
    if changed_since and changed_since.old_amount_minor:
        agreed.add(changed_since.old_amount_minor)
    return agreed


def _fee_cover(monthly_gift: MonthlyGift, amount_minor: int) -> int:
    """As at the first charge, while the amount is the same; a donor who chooses another one gives all of it."""
    first = monthly_gift.donations.exclude(stripe_checkout_session_id=None).filter(amount_minor=amount_minor).first()
    return first.fee_cover_minor if first else 0


# What became of the promise itself


@transaction.atomic
def book_subscription(subscription: Subscription) -> MonthlyGift | None:
    """Take over what Stripe says of a monthly gift, and write down what changed; None where we know none of it.

    Any number of times, in any order: what was asked for earlier than what we know is old news.
    """
    monthly_gift = lock_monthly_gift(subscription.subscription_id)
    if monthly_gift is None or monthly_gift.has_ended or subscription.as_of <= monthly_gift.status_as_of:
        return monthly_gift
    changes = list(_differences(monthly_gift, subscription))
    _take_over(monthly_gift, subscription)
    for change in changes:
        _write_down(change, subscription)
    return monthly_gift


def lock_monthly_gift(subscription_id: str) -> MonthlyGift | None:
    """The monthly gift of a subscription, locked until the transaction ends."""
    locked = MonthlyGift.objects.select_for_update(of=["self"])
    return locked.filter(stripe_subscription_id=subscription_id).first()


def lock_charge(donation_id: int) -> Donation:
    """A donation, locked until the transaction ends; before it its monthly gift, as those who book a charge do."""
    MonthlyGift.objects.select_for_update(of=["self"]).filter(donations=donation_id).first()
    return Donation.objects.select_for_update(of=["self"]).get(pk=donation_id)


def _differences(monthly_gift: MonthlyGift, subscription: Subscription) -> Iterator[MonthlyGiftChange]:
    if _has_another_amount(monthly_gift, subscription):
        yield MonthlyGiftChange(
            monthly_gift=monthly_gift,
            kind=Kind.AMOUNT,
            old_amount_minor=monthly_gift.amount_minor,
            new_amount_minor=subscription.amount_minor,
            changed_at=_priced_at(monthly_gift, subscription),
        )
    if subscription.status == MonthlyGift.Status.CANCELED:
        feedback = CHARGES_FAILED if subscription.end_reason == CHARGES_FAILED else subscription.feedback
        yield MonthlyGiftChange(monthly_gift=monthly_gift, kind=Kind.CANCELLED, feedback=feedback[:LONGEST_WORD])
        return
    if subscription.is_paused and (not monthly_gift.is_paused or subscription.resumes_at != monthly_gift.resumes_at):
        yield MonthlyGiftChange(monthly_gift=monthly_gift, kind=Kind.PAUSED)
    if monthly_gift.is_paused and not subscription.is_paused:
        yield MonthlyGiftChange(monthly_gift=monthly_gift, kind=Kind.RESUMED)
    known, used = monthly_gift.stripe_payment_method_id, subscription.payment_method_id
    if known and used and known != used:
        yield MonthlyGiftChange(monthly_gift=monthly_gift, kind=Kind.CARD)


def _has_another_amount(monthly_gift: MonthlyGift, subscription: Subscription) -> bool:
    """Whether there is another amount that we can name; what we cannot, its charges are set aside for."""
    is_named = subscription.amount_minor > 0 and subscription.currency == monthly_gift.currency
    return is_named and subscription.amount_minor != monthly_gift.amount_minor


def _priced_at(monthly_gift: MonthlyGift, subscription: Subscription) -> dt.datetime:
    """When the amount changed, by Stripe's clock, as its invoices are dated by it, too.

    A price that was made for this change tells it; one that was there before does not.
    """
    last = monthly_gift.changes.filter(kind=Kind.AMOUNT).aggregate(at=Max("changed_at"))["at"]
    before = last or monthly_gift.created_at
    made_at = subscription.priced_at
    return made_at if made_at and made_at > before else max(subscription.as_of, before)


def _take_over(monthly_gift: MonthlyGift, subscription: Subscription) -> None:
    if _has_another_amount(monthly_gift, subscription):
        monthly_gift.amount_minor = subscription.amount_minor
    monthly_gift.status, monthly_gift.status_as_of = subscription.status, subscription.as_of
    monthly_gift.stripe_payment_method_id = subscription.payment_method_id or monthly_gift.stripe_payment_method_id
    monthly_gift.next_charge_at = subscription.next_charge_at
    monthly_gift.is_paused, monthly_gift.resumes_at = subscription.is_paused, subscription.resumes_at
    monthly_gift.ends_at_period_end, monthly_gift.ended_at = subscription.ends_at_period_end, subscription.ended_at
    if monthly_gift.has_ended:
        monthly_gift.next_charge_at = None
        _forget_failure(monthly_gift)
    monthly_gift.save(update_fields=TAKEN_FROM_STRIPE)


def _write_down(change: MonthlyGiftChange, subscription: Subscription) -> None:
    asked = Asked.of(subscription, change.kind)
    change.by = By.STRIPE
    if asked and not asked.was_heard():
        change.by, change.form_token = asked.by, asked.form_token
    change.save()
    kind = "monthly-gift-ended" if change.feedback == CHARGES_FAILED else LETTERS[Kind(change.kind)]
    outbox.add(kind, cause=f"{kind}:{change.pk}", subject_id=change.pk, language=change.monthly_gift.language)


# Charges that do not go through


@transaction.atomic
def book_unpaid_charge(invoice: Invoice, *, waits_for_donor: bool) -> MonthlyGift | None:
    """Remember a charge that failed, and write to the donor once for each try; None where we know no such gift.

    `waits_for_donor`: the bank wants to hear from them, and the charge is not lost yet. What was paid or dropped
    meanwhile is not a failure any more.
    """
    monthly_gift = lock_monthly_gift(invoice.subscription_id)
    if monthly_gift is None or monthly_gift.has_ended:
        return monthly_gift
    is_the_same = monthly_gift.failing_invoice_id == invoice.invoice_id
    if invoice.status in DROPPED_INVOICES and is_the_same:
        _forget_failure(monthly_gift)
    is_paid = Donation.objects.filter(stripe_invoice_id=invoice.invoice_id).exists()
    is_old_news = is_the_same and invoice.tries < monthly_gift.failed_tries
    if invoice.status == OPEN_INVOICE and not is_paid and not is_old_news:
        _remember_failure(monthly_gift, invoice)
        _tell_of_failure(monthly_gift, waits_for_donor=waits_for_donor)
    return monthly_gift


def _remember_failure(monthly_gift: MonthlyGift, invoice: Invoice) -> None:
    monthly_gift.failing_invoice_id, monthly_gift.failed_tries = invoice.invoice_id, invoice.tries
    monthly_gift.next_try_at, monthly_gift.authenticate_url = invoice.next_try_at, invoice.hosted_url
    monthly_gift.save(update_fields=FAILING)


def _forget_failure(monthly_gift: MonthlyGift) -> None:
    monthly_gift.failing_invoice_id, monthly_gift.failed_tries = "", 0
    monthly_gift.next_try_at, monthly_gift.authenticate_url = None, ""
    monthly_gift.save(update_fields=FAILING)


def _tell_of_failure(monthly_gift: MonthlyGift, *, waits_for_donor: bool) -> None:
    kind = "confirm-charge" if waits_for_donor else "charge-failed"
    cause = f"{kind}:{monthly_gift.failing_invoice_id}:{monthly_gift.failed_tries}"
    outbox.add(kind, cause=cause, subject_id=monthly_gift.pk, language=monthly_gift.language)


# Charges to come


@transaction.atomic
def announce_charge(subscription: Subscription, *, said_at: dt.datetime | None) -> MonthlyGift | None:
    """Have the donor told of the next charge, where a long time has passed since the last; once for each charge.

    `said_at` is when Stripe said that it was near: what is far from then is the charge after it. None where we know
    no such gift.
    """
    monthly_gift = book_subscription(subscription)
    charge_at = subscription.next_charge_at
    if monthly_gift is None or charge_at is None or said_at is None or monthly_gift.interval not in NOTICED:
        return monthly_gift
    is_charged = subscription.status == MonthlyGift.Status.ACTIVE and not subscription.ends_at_period_end
    if is_charged and not subscription.is_paused and dt.timedelta(0) < charge_at - said_at < NOTICE_AHEAD:
        cause = f"gift-upcoming:{subscription.subscription_id}:{charge_at:%Y-%m-%d}"
        outbox.add("gift-upcoming", cause=cause, subject_id=monthly_gift.pk, language=monthly_gift.language)
    return monthly_gift
