"""What donors and staff are written about money that goes back."""

import pytest
from django.core import mail
from django.utils import timezone

from blueheart.post import outbox
from blueheart.post.alerts import alert
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations.models import Dispute, FraudWarning, Payout, Refund, RefundRequest
from tests.donations.factories import NOW, donation
from tests.donations.money_desk import ada, member

pytestmark = pytest.mark.usefixtures("db")


def refund_of(gift, status, **changes):
    fields = {"amount_minor": 1000, "currency": gift.currency, "source": "donor", "next_attempt_at": None}
    if status == "approved":
        fields["next_attempt_at"] = timezone.now()
    if status not in ("waiting", "approved", "declined"):
        fields["stripe_refund_id"] = f"re_{status}"
    return Refund.objects.create(donation=gift, status=status, **fields | changes)


def written(kind, row, language="en"):
    outbox.add(kind, cause=f"{kind}:{row.pk}", subject_id=row.pk, language=language)
    send_due()
    return mail.outbox.pop() if mail.outbox else None


@pytest.mark.parametrize("language", ["en", "ar", "fr"])
def test_a_donor_reads_how_much_of_which_gift_goes_back(language):
    gift = donation("succeeded", currency="EUR", language=language, receipt_name="Dora <b>")
    wish = RefundRequest.objects.create(donation=gift, amount_minor=1000, words="sorry")
    granted = refund_of(gift, "approved")
    kinds = {
        "refund-asked": wish,
        "refund-granted": granted,
        "refund-made": refund_of(gift, "succeeded"),
        "refund-failed": refund_of(gift, "failed"),
    }

    for kind, row in kinds.items():
        letter = written(kind, row, language)
        html = letter.alternatives[0][0]
        assert letter.to == ["dora@example.org"]
        for text in (letter.body, html):
            assert "10,00" in text or "10.00" in text or "١٠" in text
            assert gift.public_id in text
        assert "Dora &lt;b&gt;" in html
        assert f'lang="{language}"' in html


def test_an_answer_reaches_the_donor_whole():
    gift = donation("succeeded")
    words = "We are sorry.\n\nIt was <a> year ago & more."
    declined = RefundRequest.objects.create(
        donation=gift, amount_minor=1000, status="declined", answer=words, decided_at=NOW
    )
    refund = refund_of(gift, "approved")
    RefundRequest.objects.create(
        donation=gift, amount_minor=1000, status="granted", answer=words, decided_at=NOW, refund=refund
    )

    for kind, row in (("refund-declined", declined), ("refund-granted", refund)):
        letter = written(kind, row)
        assert words in letter.body
        assert "It was &lt;a&gt; year ago &amp; more." in letter.alternatives[0][0]


def test_what_is_not_true_any_more_is_not_sent():
    gift = donation("succeeded")
    decided = RefundRequest.objects.create(donation=gift, amount_minor=1, status="declined", decided_at=NOW)

    assert written("refund-asked", decided) is None
    assert written("refund-made", refund_of(gift, "failed")) is None
    assert written("refund-granted", refund_of(gift, "canceled", stripe_refund_id=None)) is None
    gift.donor.email = ""
    gift.donor.save()
    assert written("refund-failed", Refund.objects.get(status="failed")) is None
    assert set(Message.objects.values_list("status", flat=True)) == {"dropped"}


def test_staff_are_told_who_may_act_and_nobody_else(settings):
    person = ada()
    member("cy", "view_donation")
    left = member("lea", "refund_donation", "approve_refund")
    left.is_active = False
    left.save()
    gift = donation("succeeded")
    dispute = Dispute.objects.create(
        donation=gift, amount_minor=2500, currency="USD", status="needs_response", status_as_of=NOW, opened_at=NOW,
        stripe_dispute_id="dp_1", evidence_due_at=NOW, reason="fraudulent",
    )  # fmt: skip
    payout = Payout.objects.create(
        stripe_payout_id="po_1", amount_minor=2397, currency="USD", status="failed", failure_code="account_closed",
        status_as_of=NOW, arrives_on=NOW.date(), created_at=NOW,
    )  # fmt: skip
    rows = {
        "alert-refund-waiting": refund_of(gift, "waiting", requested_by=person, why="given twice"),
        "alert-refund-request": RefundRequest.objects.create(donation=gift, amount_minor=1000),
        "alert-refund-stuck": refund_of(gift, "failed", failure_code="declined"),
        "alert-dispute": dispute,
        "alert-fraud-warning": FraudWarning.objects.create(donation=gift, stripe_warning_id="issfr_1"),
        "alert-payout-failed": payout,
    }
    for kind, row in rows.items():
        for _time in range(2):
            alert(kind, cause=f"story:{kind}", subject_id=row.pk)
    send_due()

    assert [letter.to for letter in mail.outbox] == [["ada@example.org"]] * len(rows)
    for (kind, row), letter in zip(rows.items(), mail.outbox, strict=True):
        page = f"{settings.SITE_URL}/staff/donations/{row._meta.model_name}/{row.pk}/change/"
        assert page in letter.body, kind
        assert page in letter.alternatives[0][0]
        assert "dora" not in letter.body.lower()
    assert "Evidence is due by 2026-03-01 12:00 (UTC)" in mail.outbox[3].body


def test_an_alert_that_is_settled_by_now_is_not_sent():
    ada()
    refund = refund_of(donation("succeeded"), "succeeded")
    for kind in ("alert-refund-waiting", "alert-refund-stuck"):
        alert(kind, cause=kind, subject_id=refund.pk)
    send_due()

    assert mail.outbox == []
