"""What a donor, or staff for them, can do with a monthly gift: another amount, a pause, another card, the end.

Stripe is asked first, outside any transaction and under a key that belongs to the form; then what it answers is booked
like anything else that Stripe tells of a monthly gift. A form that is sent again changes nothing more.
"""

import calendar
import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.limits.counting import spend
from blueheart.money import check_amount
from blueheart.trail.record import record
from donations import gateway
from donations.gateway import Subscription
from donations.models import GivingCurrency, MonthlyGift, MonthlyGiftChange
from donations.services.monthly_gifts import Asked, book_subscription

Kind, By = MonthlyGiftChange.Kind, MonthlyGiftChange.By

# Each change is a call to Stripe and a mail.
CHANGES, CHANGES_SECONDS = 30, 3600
LONGEST_PAUSE_MONTHS = 12
# A charge falls due at this moment of its day, and must find the pause over.
BEFORE_THE_CHARGE = dt.timedelta(hours=1)


class MonthlyGiftError(Exception):
    """The change cannot be made; the message says why, in the language of who asked."""


class GiftEndedError(MonthlyGiftError):
    """The monthly gift has ended: nothing of it can be changed any more."""


class TooManyChangesError(MonthlyGiftError):
    """More changes were made to one gift than people make."""


def change_amount(monthly_gift: MonthlyGift, *, amount_minor: int, asked: Asked) -> MonthlyGift:
    """Charge another amount from the next charge on. Posted again, it does nothing more.

    Raises `MonthlyGiftError`; `AmountError` where it is less or more than may be given; and `GatewayError`: where that
    is `answered` nothing was changed, else the same form may be sent once more.
    """
    limits = GivingCurrency.objects.filter(currency=monthly_gift.currency).first()
    check_amount(amount_minor, monthly_gift.currency, monthly_gift.language, limits=limits)
    asked = asked.wish(monthly_gift, f"{Kind.AMOUNT} {amount_minor}")

    def ask(subscription_id: str, key: str) -> Subscription:
        return gateway.change_amount(
            gateway.retrieve_subscription(subscription_id),
            amount_minor=amount_minor,
            months=monthly_gift.months,
            mark=asked.mark(Kind.AMOUNT),
            idempotency_key=key,
        )

    return _change(monthly_gift, ask, asked)


def pause(
    monthly_gift: MonthlyGift, *, resumes_at: dt.datetime | None, asked: Asked, why: str = "",
    request: HttpRequest | None = None,
) -> MonthlyGift:  # fmt: skip
    """Charge nothing until `resumes_at`, or until it is resumed. Errors as of `change_amount`."""
    asked = asked.wish(monthly_gift, f"{Kind.PAUSED} {resumes_at}")

    def ask(subscription_id: str, key: str) -> Subscription:
        mark = asked.mark(Kind.PAUSED)
        return gateway.pause_subscription(subscription_id, resumes_at=resumes_at, mark=mark, idempotency_key=key)

    return _change(monthly_gift, ask, asked, "monthly-gift.paused", why, request)


def resume(monthly_gift: MonthlyGift, *, asked: Asked) -> MonthlyGift:
    """End the pause: the next charge is the one at the end of the current period. Errors as of `change_amount`."""
    asked = asked.wish(monthly_gift, Kind.RESUMED)

    def ask(subscription_id: str, key: str) -> Subscription:
        mark = asked.mark(Kind.RESUMED)
        return gateway.resume_subscription(subscription_id, mark=mark, idempotency_key=key)

    return _change(monthly_gift, ask, asked)


def cancel(
    monthly_gift: MonthlyGift, *, asked: Asked, feedback: str = "", why: str = "", request: HttpRequest | None = None
) -> MonthlyGift:
    """End the monthly gift now: nothing is charged any more. One that has ended stays as it is.

    `feedback` is one of Stripe's words. Errors as of `change_amount`, but an ended gift raises none.
    """
    if monthly_gift.has_ended:
        return monthly_gift
    asked = asked.wish(monthly_gift, Kind.CANCELLED)

    def ask(subscription_id: str, _key: str) -> Subscription:
        mark = asked.mark(Kind.CANCELLED)
        return gateway.cancel_subscription(subscription_id, feedback=feedback, mark=mark)

    try:
        return _change(monthly_gift, ask, asked, "monthly-gift.cancelled", why, request)
    except GiftEndedError:  # by somebody else, a moment ago: this is what was asked for
        monthly_gift.refresh_from_db()
        return monthly_gift


def card_page(monthly_gift: MonthlyGift, *, return_url: str) -> str:
    """The address of Stripe's page where the donor gives another card. Raises `GiftEndedError` and `GatewayError`."""
    _check(monthly_gift)
    return gateway.card_page(monthly_gift.stripe_customer_id, return_url=return_url)


def look_again(monthly_gift: MonthlyGift) -> MonthlyGift:
    """Bring the gift to where it stands at Stripe, as after a visit to Stripe's pages. Raises `GatewayError`."""
    return _book(gateway.retrieve_subscription(monthly_gift.stripe_subscription_id))


def pause_ends(monthly_gift: MonthlyGift) -> dict[int, dt.datetime]:
    """The ends that a pause may have, by its months: each leaves out one charge more than the one before."""
    if monthly_gift.next_charge_at is None:
        return {}
    steps = range(monthly_gift.months, LONGEST_PAUSE_MONTHS + 1, monthly_gift.months)
    return {months: _months_later(monthly_gift.next_charge_at, months) - BEFORE_THE_CHARGE for months in steps}


def _months_later(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day so many months later, or the last of that month where it is shorter."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _change(
    monthly_gift: MonthlyGift,
    ask: Callable[[str, str], Subscription],
    asked: Asked,
    action: str = "",
    why: str = "",
    request: HttpRequest | None = None,
) -> MonthlyGift:
    if asked.was_heard():
        monthly_gift.refresh_from_db()
        return monthly_gift
    _check(monthly_gift)
    try:
        seen = ask(monthly_gift.stripe_subscription_id, f"monthly-gift-{asked.form_token}")
    except gateway.GatewayRefusedError:
        # It may have ended at Stripe before we learnt of it; and a 500 may come after the change was made.
        there = look_again(monthly_gift)
        if asked.was_heard():
            return there
        _check(there)
        raise
    with transaction.atomic():
        if request is not None:
            record(action, target=monthly_gift, why=why, request=request)
        return _book(seen)


def _check(monthly_gift: MonthlyGift) -> None:
    if monthly_gift.has_ended:
        raise GiftEndedError(_("This gift has ended. Nothing of it can be changed any more."))
    if not spend("monthly-gift-change", monthly_gift.public_id, limit=CHANGES, seconds=CHANGES_SECONDS):
        raise TooManyChangesError(_("This gift was changed many times in the last hour. Please try again in an hour."))


def _book(subscription: Subscription) -> MonthlyGift:
    monthly_gift = book_subscription(subscription)
    if monthly_gift is None:
        raise MonthlyGift.DoesNotExist(subscription.subscription_id)
    return monthly_gift
