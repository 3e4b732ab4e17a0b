"""Telling people by mail what happened to their account: each mail is about an entry of the trail."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from blueheart.post import outbox
from blueheart.trail.models import Entry
from office.roles import ADMINISTRATOR

SIGNED_IN, SECURITY, ACCOUNT = "staff-signed-in", "staff-security", "staff-role-changed"


def tell_owner(kind: str, owner: User, entry: Entry) -> None:
    """Promise the account's owner a mail about the entry, in the transaction of its cause."""
    _promise(kind, [owner], entry)


def tell_owner_and_administrators(owner: User, entry: Entry) -> None:
    """Promise a mail to whoever's account it is and to everyone who looks after accounts, the actor too.

    Whoever sits at an administrator's open desk cannot keep the administrator from hearing of it.
    """
    _promise(ACCOUNT, {owner, *administrators()}, entry)


def administrators() -> "list[User]":
    """Everyone who looks after accounts."""
    may = Q(is_superuser=True) | Q(groups__name=ADMINISTRATOR.name)
    return list(User.objects.filter(may, is_active=True, is_staff=True).distinct())


def _promise(kind: str, readers: "list[User] | set[User]", entry: Entry) -> None:
    for reader in readers:
        if reader.email:
            cause = f"{kind}:{entry.pk}:{reader.pk}"
            outbox.add(kind, cause=cause, subject_id=entry.pk, language=settings.LANGUAGE_CODE)
