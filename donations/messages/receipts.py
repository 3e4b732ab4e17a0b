"""The mails that carry a receipt."""

from django.urls import reverse

from blueheart.post.letters import Attachment, Letter, letter, site_url
from blueheart.post.models import Message
from donations.models import Donation, Receipt
from donations.receipts import receipt_pdf
from donations.receipts.downloads import PDF


@letter("donation-received")
def donation_received(message: Message) -> Letter | None:
    """Thank for a gift that was booked, with its receipt.

    Nobody is written to whose address was erased since, or who has all of the gift back: that is another mail.
    """
    donation = Donation.objects.select_related("donor", "campaign", "monthly_gift").get(pk=message.subject_id)
    receipt = donation.receipts.valid().first()
    if not donation.donor.email or receipt is None:
        return None
    is_first = donation.is_offline or donation.stripe_checkout_session_id is not None
    context = {"donation": donation, "is_first": is_first, **_shared(receipt)}
    return Letter(to=donation.donor.email, context=context, attachments=(_attached(receipt),))


@letter("receipt-reissued")
def receipt_reissued(message: Message) -> Letter | None:
    """Send the receipt that replaces another; not one that was itself replaced meanwhile."""
    receipts = Receipt.objects.valid().select_related("donation__donor", "replaces")
    receipt = receipts.filter(pk=message.subject_id).first()
    if receipt is None or not receipt.donation.donor.email:
        return None
    return Letter(to=receipt.donation.donor.email, context=_shared(receipt), attachments=(_attached(receipt),))


@letter("receipt-voided")
def receipt_voided(message: Message) -> Letter | None:
    """Say that a receipt is not valid any more, for the gift was taken back out of the books."""
    receipt = Receipt.objects.select_related("donation__donor").get(pk=message.subject_id)
    if receipt.voided_at is None or not receipt.donation.donor.email:
        return None
    why = Receipt.VoidReason(receipt.void_reason).label
    context = {"receipt": receipt, "why": why, "giving_url": site_url(reverse("donations:giving"))}
    return Letter(to=receipt.donation.donor.email, context=context)


def _shared(receipt: Receipt) -> dict[str, object]:
    return {"receipt": receipt, "giving_url": site_url(reverse("donations:giving"))}


def _attached(receipt: Receipt) -> Attachment:
    return Attachment(f"{receipt.number}.pdf", receipt_pdf(receipt), PDF)
