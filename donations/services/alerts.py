"""Telling staff by mail of what cannot wait until they look at the office."""

from django.conf import settings
from django.contrib.auth import get_user_model

from blueheart.post import outbox

# Who is told of what: everybody who may do something about it.
READERS = {
    "alert-refund-waiting": "donations.approve_refund",
    "alert-refund-request": "donations.decide_refundrequest",
    "alert-refund-stuck": "donations.refund_donation",
    "alert-dispute": "donations.view_dispute",
    "alert-fraud-warning": "donations.refund_donation",
    "alert-may-need-help": "donations.answer_for_help",
    "alert-payout-failed": "donations.view_payout",
    "alert-instalment-overdue": "donations.record_promisepayment",
}
BACKEND = "django.contrib.auth.backends.ModelBackend"


def alert_staff(kind: str, *, cause: str, subject_id: int) -> None:
    """Promise one mail to each active member of staff with the permission; once per `cause`, in its transaction.

    The cause of each mail ends with the reader's key, by which the letter finds them.
    """
    users = get_user_model().objects.with_perm(READERS[kind], backend=BACKEND)
    for user_id in users.filter(is_staff=True, is_active=True).exclude(email="").values_list("pk", flat=True):
        outbox.add(kind, cause=f"{cause}:{user_id}", subject_id=subject_id, language=settings.LANGUAGE_CODE)
