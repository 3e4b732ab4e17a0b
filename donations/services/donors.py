"""Finding the donor of an address, or writing down somebody new."""

from django.db import IntegrityError, transaction

from blueheart.mail_addresses import normalise
from donations.models import Donor


def find_or_make_donor(*, email: str, name: str, language: str) -> Donor:
    """The donor of this address, as they are; somebody new where nobody has it, and always without an address.

    Several calls for one address at the same instant find one donor.
    """
    if not email:
        return Donor.objects.create(name=name, language=language)
    known = Donor.objects.with_email(email).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return Donor.objects.create(email=normalise(email), name=name, language=language)
    except IntegrityError:  # another one was faster
        return Donor.objects.with_email(email).get()
