"""The mails about monthly gifts: what was changed, charges that fail, and charges to come."""

from typing import Any

from django.urls import reverse

from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from donations.begin_again import begin_again_path
from donations.models import MonthlyGift, MonthlyGiftChange

# So many tries Stripe makes by its settings (Billing > Revenue recovery), this one and three more.
TRIES = 4


@letter("monthly-gift-changed")
def amount_changed(message: Message) -> Letter | None:
    """Confirm another amount."""
    change = _change(message)
    amounts = (change.old_amount_minor or 0, change.new_amount_minor or 0)
    old, new = (format_amount(each, change.monthly_gift.currency, page_language()) for each in amounts)
    return _letter(change.monthly_gift, change=change, old_amount=old, new_amount=new)


@letter("monthly-gift-paused")
def paused(message: Message) -> Letter | None:
    """Confirm a pause, unless it is over by now."""
    change = _change(message)
    return _of_change(message) if change.monthly_gift.is_paused else None


@letter("monthly-gift-resumed")
def resumed(message: Message) -> Letter | None:
    """Say that the gift goes on, unless it does not any more."""
    gift = _change(message).monthly_gift
    return None if gift.is_paused or gift.has_ended else _of_change(message)


@letter("monthly-gift-card")
def card_changed(message: Message) -> Letter | None:
    """Say that another card pays: whoever did not ask for that should know."""
    return _of_change(message)


@letter("monthly-gift-cancelled")
def cancelled(message: Message) -> Letter | None:
    """Confirm the end."""
    return _of_change(message)


@letter("monthly-gift-ended")
def ended_for_want_of_money(message: Message) -> Letter | None:
    """Say that the charges went on failing, and how to begin again."""
    return _of_change(message)


@letter("charge-failed")
def charge_failed(message: Message) -> Letter | None:
    """Say that a charge did not go through; nothing where it did since, was tried again, or the gift has ended."""
    return _of_failure(message, "charge-failed")


@letter("confirm-charge")
def confirm_charge(message: Message) -> Letter | None:
    """Ask the donor to say yes to their bank; as above."""
    return _of_failure(message, "confirm-charge")


@letter("gift-upcoming")
def gift_upcoming(message: Message) -> Letter | None:
    """Announce the next charge, where there is still to be one."""
    gift = _gifts().get(pk=message.subject_id)
    if gift.has_ended or gift.is_resting or gift.ends_at_period_end or gift.next_charge_at is None:
        return None
    return _letter(gift)


def _gifts() -> Any:
    return MonthlyGift.objects.select_related("donor", "campaign")


def _change(message: Message) -> MonthlyGiftChange:
    changes = MonthlyGiftChange.objects.select_related("monthly_gift__donor", "monthly_gift__campaign")
    return changes.get(pk=message.subject_id)


def _of_change(message: Message) -> Letter | None:
    change = _change(message)
    return _letter(change.monthly_gift, change=change)


def _of_failure(message: Message, kind: str) -> Letter | None:
    gift = _gifts().get(pk=message.subject_id)
    if message.cause != f"{kind}:{gift.failing_invoice_id}:{gift.failed_tries}":
        return None
    return _letter(gift, is_first_try=gift.failed_tries <= 1, is_last_but_one=gift.failed_tries >= TRIES - 1)


def _letter(gift: MonthlyGift, **more: Any) -> Letter | None:
    """A letter to the donor; nobody is written to whose address was erased since."""
    if not gift.donor.email:
        return None
    context = {
        "gift": gift,
        "amount": format_amount(gift.amount_minor, gift.currency, page_language()),
        "giving_url": site_url(reverse("donations:giving")),
        "begin_again_url": site_url(begin_again_path(gift)),
        **more,
    }
    return Letter(to=gift.donor.email, context=context)
