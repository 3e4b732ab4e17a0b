"""Finding a person by an address or by a reference, and what is shown of them on the desk."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.personal_data import Part
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations.models import Donor
from donations.services.references import contact_of, donor_of
from office.privacy import subjects
from pledges.services.references import address_of

KEY_SECONDS = 30 * 60
SALT = "office.privacy.person"


@dataclass(frozen=True)
class Found:
    """Whom a search leads to. `erased` is a donor who was forgotten: there is no person any more."""

    by: str
    person: subjects.Person | None = None
    erased: Donor | None = None


class KeyOverError(RefusedError):
    """The key of a found person is older than half an hour, or somebody else's."""


def search(typed: str, *, request: HttpRequest) -> Found:
    """Look for an address or a whole reference, and write into the trail that it was done, without either."""
    text = typed.strip()
    with transaction.atomic():
        found = _by_address(text) if "@" in text else _by_reference(text)
        known = found.person and found.person.is_known
        detail = {"by": found.by, "found": _rows(found.person) if found.person and known else {}}
        record("person.searched", request=request, detail=detail)
    return found


def key_of(person: subjects.Person, *, request: HttpRequest) -> str:
    """What the forms of a found person carry: signed, for this member of staff and half an hour. Never for a URL."""
    return signing.dumps([request.user.pk, person.email], salt=SALT, compress=True)


def behind(key: str, *, request: HttpRequest) -> subjects.Person:
    """The person whom a key of ours is about. Raises `KeyOverError`."""
    try:
        reader, email = signing.loads(key, salt=SALT, max_age=KEY_SECONDS)
    except signing.BadSignature:
        raise KeyOverError(_("This took longer than half an hour. Please look for the person again.")) from None
    if reader != request.user.pk:
        raise KeyOverError(_("This took longer than half an hour. Please look for the person again."))
    return subjects.find(email)


def in_tables(told: dict[str, list[Part]], name: str) -> list[dict[str, Any]]:
    """The parts of one name, mails or acts, as they are shown: without what they say."""
    return [
        {field: shown for field, _label, _stored, shown in part.values}
        for parts in told.values()
        for part in parts
        if part.name == name
    ]


def _by_address(email: str) -> Found:
    return Found("e-mail", subjects.find(email))


def _by_reference(reference: str) -> Found:
    donor = donor_of(reference)
    if donor:
        return Found("reference", subjects.find(donor.email)) if donor.email else Found("reference", erased=donor)
    email = address_of(reference) or contact_of(reference)
    return Found("reference", subjects.find(email) if email else None)


def _rows(person: subjects.Person) -> dict[str, int]:
    """How many rows of which kind were found."""
    rows = [*person.donors, *person.supporter.pledges, *person.supporter.groups, *person.contacts.rows]
    return dict(Counter(row._meta.label_lower for row in rows))
