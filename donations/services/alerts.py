"""Telling staff by mail of what cannot wait until they look at the office."""

from blueheart.post import alerts

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


def alert_staff(kind: str, *, cause: str, subject_id: int) -> None:
    """Promise one mail to each active member of staff who may do something about it; once per `cause`."""
    alerts.alert(kind, readers=READERS[kind], cause=cause, subject_id=subject_id)
