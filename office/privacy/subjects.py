"""What a person may ask of us, in pledges and donations together: to see everything, and to be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from blueheart.personal_data import Part, as_json
from blueheart.post import local_copies
from donations.models import Donor, MonthlyGiftChange
from donations.services import contacts
from donations.services import privacy as donors
from donations.services.subject_data import subject_parts as parts_of_donor
from pledges.services import privacy as supporters
from pledges.services.subject_data import Subject
from pledges.services.subject_data import subject_parts as parts_of_supporter


class NobodyKnownError(LookupError):
    """Nothing of ours knows this address."""


class SomethingRemainsError(Exception):
    """All else was erased; the message says what could not be, and what to do about it."""


@dataclass(frozen=True)
class Person:
    """Everything that knows one mailbox. That somebody is staff is only said: accounts are the administrators'."""

    email: str
    donors: list[Donor]
    supporter: Subject
    contacts: contacts.Contacts
    is_staff: bool

    @property
    def is_known(self) -> bool:
        """Whether there is anything to show or to forget."""
        return bool(self.donors or self.supporter.is_known or self.contacts.rows)

    @property
    def spellings(self) -> set[str]:
        """The address, and those of the same mailbox that pledges and groups know."""
        return _spellings(self.email, self.supporter)


def find(email: str) -> Person:
    """Who this address is: pledges know the spellings of one mailbox, and gifts are looked for under each of them."""
    supporter = supporters.find_subject(email)
    spelled = sorted(_spellings(email, supporter))
    givers = [donor for address in spelled if (donor := donors.find_subject(address))]
    return Person(
        email=email,
        donors=sorted({donor.pk: donor for donor in givers}.values(), key=lambda donor: donor.pk),
        supporter=supporter,
        contacts=contacts.find_contacts(spelled),
        is_staff=bool(email) and User.objects.filter(is_staff=True, email__iexact=email).exists(),
    )


def told(person: Person) -> dict[str, list[Part]]:
    """All of it in words. Both sides have mails, links and acts: each stays with its own."""
    both = {
        "donations": [
            *(part for donor in person.donors for part in parts_of_donor(donor)),
            *contacts.contact_parts(person.contacts),
        ],
        "pledges": parts_of_supporter(person.supporter) if person.supporter.is_known else [],
    }
    return {name: parts for name, parts in both.items() if parts}


def export(email: str) -> dict[str, Any]:
    """Everything that is kept about the owner of this address, as plain data. Raises `NobodyKnownError`."""
    person = find(email)
    if not person.is_known:
        raise NobodyKnownError
    return {name: as_json(parts) for name, parts in told(person).items()}


def erase(email: str, *, why: str, request: HttpRequest | None = None) -> Iterator[str]:
    """Forget the owner of this address and say what was done, line by line.

    What charges is ended first: where that cannot be, nothing is erased. Raises `NobodyKnownError`, donations'
    `ErasureHeldError` and, at the end, `SomethingRemainsError`. Safe to begin again where it broke off.
    """
    person = find(email)
    if not person.is_known:
        raise NobodyKnownError
    for donor in person.donors:
        kept = donors.erase_subject(donor, by=MonthlyGiftChange.By.STAFF, why=why, request=request)
        yield f"{donor.public_id} is erased."
        yield from (f"The law wants receipt {row.number} kept until {row.kept_until}." for row in kept)
    emptied = contacts.erase_contacts(person.spellings, why=why, request=request)
    if emptied:
        yield f"{emptied} contacts of others are emptied."
    erased = supporters.erase_subject(email, why=why, request=request)
    copies = sum(local_copies.forget(address) for address in person.spellings)
    if copies:
        yield f"{copies} copies of mails, which are kept in development, are deleted."
    if erased.pledges or erased.groups:
        yield f"{erased.pledges} pledges and {erased.groups} groups name nobody any more."
    if erased.remains:
        raise SomethingRemainsError("; ".join(erased.remains))


def _spellings(email: str, supporter: Subject) -> set[str]:
    """Once each, whatever their case."""
    of_rows = [*(row.email for row in supporter.pledges), *(row.keeper_email for row in supporter.groups)]
    spelled = {address.casefold(): address for address in (email, supporter.canonical_email, *of_rows) if address}
    return set(spelled.values())
