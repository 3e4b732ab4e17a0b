"""Finding whose a reference is: of a gift, a receipt, a refund, a customer at Stripe."""

from django.db.models import Q

from donations.models import Contributor, Donation, Donor, MonthlyGift, Organisation, Receipt, Refund
from donations.receipts.numbers import number_typed


def donor_of(reference: str) -> Donor | None:
    """The donor whom a whole reference leads to, erased or not; None for one that nothing has."""
    if not reference:
        return None
    plain = reference.lower()
    ways = (
        Q(public_id=plain),
        Q(pk__in=Donation.objects.filter(public_id=plain).values("donor")),
        Q(pk__in=MonthlyGift.objects.filter(Q(public_id=plain) | Q(stripe_customer_id=reference)).values("donor")),
        Q(pk__in=Receipt.objects.filter(number=number_typed(reference) or reference).values("donation__donor")),
        Q(pk__in=Refund.objects.filter(public_id=plain).values("donation__donor")),
    )
    found = (Donor.objects.filter(way).order_by("pk").first() for way in ways)
    return next((donor for donor in found if donor), None)


def contact_of(reference: str) -> str:
    """The address of who speaks for the contributor or organisation of this reference; empty for none."""
    for model in (Contributor, Organisation):
        row = model._default_manager.filter(public_id=reference.lower()).only("contact_email").first()
        if row:
            return str(row.contact_email)
    return ""
