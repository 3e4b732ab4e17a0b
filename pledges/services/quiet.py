"""Mailboxes that we leave alone: their owner said so, staff said so, or mail to them comes back for good."""

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from blueheart import mail_addresses, tokens
from blueheart.trail.record import record
from pledges import mailboxes
from pledges.models import QuietAddress

PURPOSE = "pledges.quiet"


def may_write(email: str) -> bool:
    """Whether mail about pledges may go to this address. For letters to ask just before they are written.

    Asked there and not where a form is sent, so that a form does the same whoever is left alone.
    """
    return bool(email) and not of_address(email).exists()


def of_address(email: str) -> "QuerySet[QuietAddress]":
    """The rows that name this mailbox, in whichever spelling it was written down."""
    return QuietAddress.objects.filter(digest__in=list(_digests(email)))


def leave_alone(email: str, reason: str) -> None:
    """Write about pledges to this mailbox no more. Safe to call twice; the first reason stays."""
    if not of_address(email).exists():
        digest = tokens.seal(PURPOSE, mailboxes.canonical(email), key=_keys()[0])
        QuietAddress.objects.bulk_create([QuietAddress(digest=digest, reason=reason)], ignore_conflicts=True)


def came_back(*, written_to: str, address: str) -> bool:
    """Leave a mailbox alone that takes no mail any more; `address` is what the report of it names.

    False, and nothing done, where we did not write to that address: anyone may send us a report.
    """
    if not written_to or mailboxes.canonical(written_to) != mailboxes.canonical(address):
        return False
    leave_alone(written_to, QuietAddress.Reason.BOUNCED)
    return True


@transaction.atomic
def lift(*, quiet_id: int, request: HttpRequest) -> bool:
    """Let mail go to the address again; False if somebody did so before."""
    found = QuietAddress.objects.select_for_update().filter(pk=quiet_id).first()
    if found is None:
        return False
    record("quiet-address.lifted", target=found, request=request, detail={"reason": found.reason})
    found.delete()
    return True


@transaction.atomic
def silence(*, email: str, request: HttpRequest) -> QuietAddress:
    """Leave a mailbox alone because its owner asked staff to. Safe to call twice."""
    leave_alone(email, QuietAddress.Reason.BY_STAFF)
    found = of_address(email).get()
    record("quiet-address.added", target=found, request=request)
    return found


def _digests(email: str) -> Iterator[str]:
    """Of all spellings, and under keys that were in use before.

    A rule of the domain may be newer than the row; and rows of 0.1.0 have a domain in its own alphabet.
    """
    spellings = {mailboxes.canonical(email), mail_addresses.canonical(email)}
    for spelling in spellings | {mail_addresses.readable(one) for one in spellings}:
        for key in _keys():
            yield tokens.seal(PURPOSE, spelling, key=key)


def _keys() -> list[str]:
    """Those of lasting digests, and those that sign: they knew mailboxes before there were others."""
    return [*settings.LASTING_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
