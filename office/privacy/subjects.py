"""What a person may ask of us, in pledges and donations together: to see everything, and to be forgotten."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from blueheart.post import local_copies
from donations.models import MonthlyGiftChange
from donations.services import privacy as donors
from pledges.services import privacy as supporters


class NobodyKnownError(LookupError):
    """Neither a pledge nor a group nor a gift is known by this address."""


class SomethingRemainsError(Exception):
    """All else was erased; the message says what could not be, and what to do about it."""


def export(email: str) -> dict[str, Any]:
    """Everything that is kept about the owner of this address, as plain data. Raises `NobodyKnownError`."""
    donor = donors.find_subject(email)
    found: dict[str, Any] = donors.export_subject(donor) if donor else {}
    # Both sides have mails, links and acts: each stays with its own.
    both = {"donations": found, "pledges": supporters.export_subject(email)}
    told = {name: part for name, part in both.items() if part}
    if not told:
        raise NobodyKnownError
    return told


def erase(email: str, *, why: str, request: HttpRequest | None = None) -> Iterator[str]:
    """Forget the owner of this address and say what was done, line by line.

    What charges is ended first: where that cannot be, nothing is erased. Raises `NobodyKnownError`, donations'
    `ErasureHeldError` and, at the end, `SomethingRemainsError`.
    """
    donor = donors.find_subject(email)
    if donor is None and not supporters.find_subject(email).is_known:
        raise NobodyKnownError
    if donor:
        kept = donors.erase_subject(donor, by=MonthlyGiftChange.By.STAFF, why=why, request=request)
        yield f"{donor.public_id} is erased."
        yield from (f"The law wants receipt {row.number} kept until {row.kept_until}." for row in kept)
    spellings = {
        email,
        *([donor.email] if donor else []),
        *(row.email for row in supporters.find_subject(email).pledges),
    }
    erased = supporters.erase_subject(email, why=why, request=request)
    copies = sum(local_copies.forget(address) for address in spellings - {""})
    if copies:
        yield f"{copies} copies of mails, which are kept in development, are deleted."
    if erased.pledges or erased.groups:
        yield f"{erased.pledges} pledges and {erased.groups} groups name nobody any more."
    if erased.remains:
        raise SomethingRemainsError("; ".join(erased.remains))
