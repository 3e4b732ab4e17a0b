"""The reference by which a bank transfer finds its giver: one per giver, made when first asked for."""

import secrets

from django.db import IntegrityError, transaction

from blueheart import creditor_reference
from blueheart.limits.counting import spend
from blueheart.mail_addresses import for_limits
from blueheart.post import outbox
from blueheart.site_settings.reading import current
from donations.models import Contributor, Donor, TransferReference
from donations.models.receipts import CODE_LETTERS
from donations.services.donors import find_or_make_donor
from donations.site_settings import INSTRUCTIONS_BY_NETWORK, INSTRUCTIONS_FOR_ADDRESS

# Ours begin alike, which tells them from a bank's own; with the check digits they make four groups of four.
BEGINNING, RANDOM_LETTERS = "BH", 10
HOUR = 60 * 60


class TooManyInstructionsError(Exception):
    """More instructions were asked for, from one network or for one address, than people ask for."""


def reference_of(giver: Donor | Contributor) -> TransferReference:
    """The giver's reference, made now where there is none yet: it stays for ever. Safe to call twice and at once."""
    known = known_reference(giver)
    if known:
        return known
    body = BEGINNING + "".join(secrets.choice(CODE_LETTERS) for _letter in range(RANDOM_LETTERS))
    try:
        with transaction.atomic():
            return giver.transfer_references.create(reference=creditor_reference.make(body))
    except IntegrityError:  # another one was faster
        return giver.transfer_references.get()


def known_reference(giver: Donor | Contributor) -> TransferReference | None:
    """The giver's reference, if one was ever made."""
    return giver.transfer_references.first()


def find_reference(text: str) -> TransferReference | None:
    """The one reference of ours that the text of a transfer holds; None where there is none, or several."""
    candidates = set(creditor_reference.found_in(text))
    if not candidates:
        return None
    found = TransferReference.objects.filter(reference__in=candidates).select_related("donor", "contributor")
    ours = list(found[:2])
    return ours[0] if len(ours) == 1 else None


def mail_instructions(*, email: str, language: str, network: str) -> None:
    """Have the instructions mailed to an address, with the reference of its donor, who may be new.

    Raises `TooManyInstructionsError`. Nobody learns here who gives: for every address the same is done.
    """
    values = current()
    # For one address few: whoever asks, the mail goes to somebody who may not have.
    within = spend("transfer-network", network, limit=values.limit(INSTRUCTIONS_BY_NETWORK), seconds=HOUR)
    if (
        not spend("transfer-address", for_limits(email), limit=values.limit(INSTRUCTIONS_FOR_ADDRESS), seconds=HOUR)
        or not within
    ):
        raise TooManyInstructionsError
    # What was spent is counted even where this fails.
    with transaction.atomic():
        donor = find_or_make_donor(email=email, name="", language=language)
        reference_of(donor)
        cause = f"transfer-instructions:{donor.pk}:{secrets.token_hex(8)}"
        outbox.add("transfer-instructions", cause=cause, subject_id=donor.pk, language=language)
