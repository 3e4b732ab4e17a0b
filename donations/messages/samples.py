"""What the mails about gifts might say, of people who do not exist: for staff who word them."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone

from blueheart.days import utc_today
from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.post.letters import sample, site_url
from donations.models import (
    BankAccount,
    Donation,
    Instalment,
    Interval,
    MonthlyGift,
    MonthlyGiftChange,
    PromisedGift,
    PromisePayment,
    Receipt,
    Tribute,
)

DORA = "Dora"
TOKEN = "an-example-that-opens-nothing"  # noqa: S105  it opens nothing
REFERENCE = "ABCD1234"


@sample("donation-received", "receipt-reissued", "receipt-voided")
def with_a_receipt() -> dict[str, Any]:
    return {
        "donation": _gift(),
        "receipt": _receipt(replaces=_receipt()),
        "is_first": True,
        "why": Receipt.VoidReason.choices[0][1],
        **_own_pages(),
    }


@sample("refund-asked", "refund-declined", "refund-granted", "refund-made", "refund-failed")
def about_a_refund() -> dict[str, Any]:
    money = {"amount_minor": 1000, "currency": "USD", "amount": _amount(1000)}
    return {"gift": _gift(), "is_gift": True, "is_part": True, "answer": "…", **money, **_own_pages()}


@sample(
    "monthly-gift-changed",
    "monthly-gift-paused",
    "monthly-gift-resumed",
    "monthly-gift-card",
    "monthly-gift-cancelled",
    "monthly-gift-ended",
    "charge-failed",
    "confirm-charge",
    "gift-upcoming",
)
def about_a_monthly_gift() -> dict[str, Any]:
    soon = timezone.now() + dt.timedelta(days=7)
    gift = MonthlyGift(
        amount_minor=2500,
        currency="USD",
        interval=Interval.MONTH,
        receipt_name=DORA,
        public_id=REFERENCE,
        next_charge_at=soon,
        next_try_at=soon,
        resumes_at=soon,
        authenticate_url=site_url("/"),
    )
    return {
        "gift": gift,
        "change": MonthlyGiftChange(monthly_gift=gift, old_amount_minor=2000, new_amount_minor=2500),
        "amount": _amount(2500),
        "old_amount": _amount(2000),
        "new_amount": _amount(2500),
        "begin_again_url": site_url(reverse("donations:donate")),
        "is_first_try": True,
        "is_last_but_one": False,
        **_own_pages(),
    }


@sample("giving-link", "erased")
def to_a_donor() -> dict[str, Any]:
    link = site_url(reverse("donations:giving_open", args=[TOKEN]))
    return {"link": link, "minutes": 60, "kept": [_receipt()]}


@sample("instalment-due", "instalment-overdue", "promise-payment-received")
def about_a_promise() -> dict[str, Any]:
    today = utc_today()
    part = {"amount": _amount(100_000), "number": 1, "reference": REFERENCE, "due_on": today}
    return {
        "contributor": "Ruritania",
        "contact": DORA,
        "transfer_reference": "RF18539007547034",
        "promise": PromisedGift(public_id=REFERENCE, currency="USD"),
        "instalment": Instalment(number=1, due_on=today),
        "payment": PromisePayment(public_id=REFERENCE, received_on=today),
        "amount": _amount(100_000),
        "is_part": False,
        "settled": [part],
        "beyond": [_amount(5_000)],
        "outstanding": [_amount(200_000)],
    }


@sample("transfer-instructions")
def by_transfer() -> dict[str, Any]:
    account = BankAccount(holder="Blue Heart", bank="…", iban="XX00 0000 0000 0000", currency="USD")
    return {"reference": "RF18539007547034", "accounts": [account]}


@sample("tribute-notice")
def in_honour() -> dict[str, Any]:
    tribute = Tribute(notice_name="Nora", notice_from=DORA, honoured_name="Hana", kind=Tribute.Kind.HONOUR)
    return {"tribute": tribute, "is_memory": False, "campaign": None}


def _gift() -> Donation:
    return Donation(
        amount_minor=2500,
        currency="USD",
        interval=Interval.ONCE,
        receipt_name=DORA,
        public_id=REFERENCE,
        succeeded_at=timezone.now(),
        statement_text="BLUE HEART",
    )


def _receipt(**more: Any) -> Receipt:
    kept = utc_today() + dt.timedelta(days=3650)
    return Receipt(number="BH-2026-000123", amount_minor=2500, currency="USD", kept_until=kept, **more)


def _own_pages() -> dict[str, str]:
    return {"giving_url": site_url(reverse("donations:giving"))}


def _amount(amount_minor: int) -> str:
    return format_amount(amount_minor, "USD", page_language())
