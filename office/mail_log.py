"""The mail log's acts: sending again what did not arrive, and what was sent where that is safe."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.post import outbox
from blueheart.post.models import Message
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations.models import (
    Dispute,
    Donation,
    Donor,
    FraudWarning,
    Instalment,
    MonthlyGift,
    Payout,
    PromisePayment,
    PublicGift,
    Receipt,
    Refund,
    RefundRequest,
    Tribute,
)
from office.models import Erasure, JobTurn
from pledges.models import Group, HeartReport, Pledge, PledgingBody, SuspectedPledge

Status = Message.Status
NOT_ARRIVED = (Status.SHELVED, Status.RETURNED)
# What its reader asked for or needs the link or the paper of; each is written anew, with a new link, as things are now.
# Not a mail to somebody who may need help, nor to a stranger, nor one that says what happened: nobody wants it twice.
SAFE_TWICE = frozenset(
    {
        "donation-received",
        "giving-link",
        "group-approved",
        "group-confirm",
        "group-link",
        "pledge-already",
        "pledge-confirm",
        "pledge-kept",
        "pledge-manage",
        "receipt-reissued",
        "transfer-instructions",
    }
)
ABOUT: dict[str, type[Model]] = {
    "alert-books": JobTurn,
    "alert-dispute": Dispute,
    "alert-erasure-waiting": Erasure,
    "alert-fraud-warning": FraudWarning,
    "alert-group": Group,
    "alert-heart-may-need-help": Pledge,
    "alert-heart-reported": HeartReport,
    "alert-instalment-overdue": Instalment,
    "alert-may-need-help": PublicGift,
    "alert-payout-failed": Payout,
    "alert-recount": JobTurn,
    "alert-refund-request": RefundRequest,
    "alert-refund-stuck": Refund,
    "alert-refund-waiting": Refund,
    "alert-suspected": SuspectedPledge,
    "charge-failed": MonthlyGift,
    "confirm-charge": MonthlyGift,
    "donation-received": Donation,
    "gift-upcoming": MonthlyGift,
    "giving-link": Donor,
    "group-approved": Group,
    "group-closed": Group,
    "group-confirm": Group,
    "group-link": Group,
    "group-refused": Group,
    "instalment-due": Instalment,
    "instalment-overdue": Instalment,
    "pledge-already": Pledge,
    "pledge-confirm": Pledge,
    "pledge-help": Pledge,
    "pledge-household": Pledge,
    "pledge-kept": Pledge,
    "pledge-manage": Pledge,
    "pledge-not-verified": PledgingBody,
    "pledge-reminder": Pledge,
    "pledge-verified": PledgingBody,
    "pledge-verify-question": PledgingBody,
    "pledge-withdrawn": Pledge,
    "promise-payment-received": PromisePayment,
    "receipt-reissued": Receipt,
    "receipt-voided": Receipt,
    "refund-asked": RefundRequest,
    "refund-declined": RefundRequest,
    "refund-failed": Refund,
    "refund-granted": Refund,
    "refund-made": Refund,
    "transfer-instructions": Donor,
    "tribute-notice": Tribute,
}


def about(message: Message) -> Model | None:
    """The row that a message is about, not read; None where the office has no page of its kind."""
    model = ABOUT.get(message.kind)
    return model(pk=message.subject_id) if model else None


@transaction.atomic
def send_again(message_ids: Iterable[int], *, request: HttpRequest, why: str = "") -> int:
    """Put messages that did not arrive back into the outbox as new; returns how many there were. Safe to call twice."""
    chosen = Message.objects.filter(pk__in=list(message_ids), status__in=NOT_ARRIVED, next_attempt_at=None)
    again = list(chosen.order_by("pk").select_for_update())
    for message in again:
        message.requeue()
        record("post.sent-again", target=message, request=request, why=why)
    return len(again)


@transaction.atomic
def send_once_more(message_id: int, *, request: HttpRequest, why: str) -> Message:
    """Write a mail anew that was sent, as a message of its own: mailboxes drop a second one with the same Message-ID.

    The worker writes it as things are then, with a new link; where there is nothing left to say, it is dropped. Raises
    `RefusedError` for a kind that nobody wants twice, and without a reason.
    """
    message = Message.objects.select_for_update().get(pk=message_id)
    if message.status != Status.SENT or message.kind not in SAFE_TWICE:
        raise RefusedError(_("A mail of this kind is not sent a second time."))
    if not why:
        raise RefusedError(_("Write why. Nothing was sent."))
    cause = f"{message.cause[:90]}:again:{timezone.now():%Y%m%d%H%M%S}"
    outbox.add(message.kind, cause=cause, subject_id=message.subject_id, language=message.language)
    record("post.sent-once-more", target=message, request=request, why=why)
    return Message.objects.get(cause=cause)
