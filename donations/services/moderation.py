"""What staff do with the words and public names of donors. Each act is a line in the trail.

Staff may keep a name from the public and show again what the donor chose to show; they never see or reveal more.
"""

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from blueheart.post.alerts import alert
from blueheart.trail.record import record
from donations.models import Donation, MonthlyGift
from donations.models.donations import DonationQuerySet
from donations.services.monthly_gifts import lock_charge

Words, NotShown = Donation.Words, Donation.NotShown


@transaction.atomic
def publish_words(*, donation_id: int, request: HttpRequest) -> bool:
    """Publish the words that a member of staff has read; False where there was nothing that may be published."""
    return _publish(donation_id, {Words.WAITING, Words.DECLINED}, request)


@transaction.atomic
def publish_declined_words(*, donation_id: int, request: HttpRequest) -> bool:
    """Publish words after all that were declined; False for others, for those that changed since wait to be read."""
    return _publish(donation_id, {Words.DECLINED}, request)


def _publish(donation_id: int, from_status: set[str], request: HttpRequest) -> bool:
    donation = lock_charge(donation_id)
    if donation.words_status not in from_status or donation.may_need_help_at:
        return False
    donation.words_status, donation.words_declined_for = Words.PUBLISHED, ""
    donation.save(update_fields=["words_status", "words_declined_for"])
    record("donation.words-published", target=donation, request=request)
    return True


@transaction.atomic
def decline_words(*, donation_id: int, reason: str, request: HttpRequest) -> bool:
    """Keep the words from the public, for one of `Donation.NotShown`; False where there was nothing to decline.

    Where the donor may need help, nothing of the gift is published any more, and who answers such donors is told.
    """
    donation = lock_charge(donation_id)
    if donation.words_status == Words.NONE or donation.words_declined_for == reason:
        return False
    donation.words_status, donation.words_declined_for = Words.DECLINED, NotShown(reason)
    donation.save(update_fields=["words_status", "words_declined_for"])
    record("donation.words-declined", target=donation, request=request, why=reason)
    if reason == NotShown.MAY_NEED_HELP:
        _escalate(donation)
    return True


@transaction.atomic
def read_words_again(*, donation_id: int, request: HttpRequest) -> bool:
    """Take a judgement of words back: they wait to be read; False where none may be taken back."""
    donation = lock_charge(donation_id)
    if donation.words_status not in {Words.PUBLISHED, Words.DECLINED} or donation.may_need_help_at:
        return False
    donation.words_status, donation.words_declined_for = Words.WAITING, ""
    donation.save(update_fields=["words_status", "words_declined_for"])
    record("donation.words-to-be-read", target=donation, request=request)
    return True


@transaction.atomic
def hide_name(*, donation_id: int, reason: str, request: HttpRequest) -> bool:
    """Keep a public name from the public, for one of `Donation.NotShown`; False where none was shown.

    In a monthly gift the name is one for all its charges, past and coming.
    """
    donation = lock_charge(donation_id)
    if not donation.shown_name:
        return False
    _hide(donation, NotShown(reason))
    record("donation.name-hidden", target=donation, request=request, why=reason)
    donation.refresh_from_db()
    if reason == NotShown.MAY_NEED_HELP:
        _escalate(donation)
    return True


@transaction.atomic
def show_name(*, donation_id: int, request: HttpRequest) -> bool:
    """Show a hidden name again; False where none was hidden, or its donor may need help."""
    donation = lock_charge(donation_id)
    if not donation.public_name_hidden or donation.may_need_help_at:
        return False
    if donation.monthly_gift_id:
        MonthlyGift.objects.filter(pk=donation.monthly_gift_id).update(public_name_hidden=False)
    _of_one_name(donation).filter(may_need_help_at=None).update(public_name_hidden=False, name_hidden_for="")
    record("donation.name-shown", target=donation, request=request)
    return True


@transaction.atomic
def help_was_answered(*, donation_id: int, request: HttpRequest) -> bool:
    """Note that somebody wrote to the donor with the helpline; False where nobody waits for it."""
    waiting = Donation.objects.may_need_help().filter(pk=donation_id)
    if not waiting.update(help_answered_at=timezone.now()):
        return False
    record("donation.help-answered", target=Donation(pk=donation_id), request=request)
    return True


def _hide(donation: Donation, reason: str) -> None:
    if donation.monthly_gift_id:
        MonthlyGift.objects.filter(pk=donation.monthly_gift_id).update(public_name_hidden=True)
    _of_one_name(donation).update(public_name_hidden=True, name_hidden_for=reason)


def _of_one_name(donation: Donation) -> DonationQuerySet:
    """The donation, and those of its monthly gift that show the same name."""
    siblings = Q(monthly_gift_id=donation.monthly_gift_id, public_name=donation.public_name)
    own = Q(pk=donation.pk)
    return Donation.objects.filter(own | siblings if donation.monthly_gift_id else own)


def _escalate(donation: Donation) -> None:
    if donation.public_name:  # nor in the other charges of a monthly gift, and in those to come
        _hide(donation, NotShown.MAY_NEED_HELP)
    donation.may_need_help_at = donation.may_need_help_at or timezone.now()
    donation.help_answered_at = None
    donation.public_name_hidden = True
    donation.words_status = Words.DECLINED if donation.words else Words.NONE
    donation.words_declined_for = NotShown.MAY_NEED_HELP if donation.words else ""
    donation.name_hidden_for = NotShown.MAY_NEED_HELP
    donation.save(
        update_fields=[
            "may_need_help_at", "help_answered_at", "public_name_hidden", "words_status", "words_declined_for",
            "name_hidden_for",
        ]
    )  # fmt: skip
    alert("alert-may-need-help", cause=f"alert-may-need-help:{donation.pk}", subject_id=donation.pk)
