"""Accounts that wait for a second administrator, so that nobody alone makes or takes the second person.

Who looks after accounts could make one that signs, or have an account's mails come to another address, and be both
people of the two-person rule. Such an account stays shut until an administrator who did not do it says that it is in
the right hands; on the server, `manage.py confirm_account` says it.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.refusals import RefusedError
from blueheart.trail.models import Entry
from blueheart.trail.record import record
from office.roles import ROLES
from office.signing_in import notices, sessions
from office.signing_in.models import Hold

# What makes somebody a second person, or lets them say who is one.
SECOND_PERSONS = frozenset(
    {
        "auth.change_user",
        "donations.approve_refund",
        "donations.sign_closing",
        "donations.sign_grant",
        "donations.write_off_promisedgift",
        "office.approve_erasure",
    }
)
SIGNING_ROLES = frozenset(role.name for role in ROLES if SECOND_PERSONS & set(role.permissions))


class OwnChangeError(RefusedError):
    """Who changed an account cannot be the second administrator who confirms it."""

    def __init__(self) -> None:
        super().__init__(_("You changed this account yourself: another administrator confirms it."))


def is_second_person(user: User) -> bool:
    """Whether the account can be the second of two people, or make one."""
    return user.is_superuser or user.groups.filter(name__in=SIGNING_ROLES).exists()


@transaction.atomic
def is_held(user: User) -> bool:
    """Whether the account waits; asked with the account locked, so that a sign-in and a hold never pass each other.

    The lock lasts as long as the caller's transaction, if there is one.
    """
    User.objects.select_for_update().filter(pk=user.pk).first()
    return Hold.objects.filter(account=user).exists()


def held_by(user: User) -> list[User]:
    """Whose changes wait for another administrator."""
    return [hold.held_by for hold in Hold.objects.filter(account=user).select_related("held_by").order_by("pk")]


@transaction.atomic
def hold(user: User, *, request: HttpRequest) -> None:
    """Shut the account, and end its sessions, until others confirm what each administrator has had in their hands.

    That is who acts now, and whoever made the account or gave it another address before it was worth holding.
    """
    User.objects.select_for_update().get(pk=user.pk)
    for pk in sorted({int(request.user.pk or 0), *_had_in_hand(user)} - {user.pk}):
        Hold.objects.get_or_create(account=user, held_by_id=pk)
    sessions.end_all(user)
    record("staff.held", target=user, request=request)


def _had_in_hand(user: User) -> set[int]:
    """Who made the account, or changed its address."""
    entries = Entry.objects.about(user).filter(action__in=("staff.created", "staff.changed"))
    made_or_moved = entries.values_list("actor_id", "action", "detail")
    return {
        pk
        for pk, act, detail in made_or_moved
        if pk and (act == "staff.created" or "email" in detail.get("fields", []))
    }


@transaction.atomic
def confirm(user: User, *, request: HttpRequest) -> bool:
    """Say that the account is in the right hands; returns whether it opens now, or waits for one more.

    Raises `OwnChangeError` for who did all that waits. What they did themselves stays for another.
    """
    User.objects.select_for_update().get(pk=user.pk)
    confirmed, _by_model = Hold.objects.filter(account=user).exclude(held_by_id=request.user.pk).delete()
    if not confirmed or request.user.pk == user.pk:
        raise OwnChangeError
    entry = record("staff.confirmed", target=user, request=request)
    notices.tell_owner_and_administrators(user, entry)
    return not Hold.objects.filter(account=user).exists()


@transaction.atomic
def confirm_on_the_server(user: User) -> int:
    """Open an account that waits, by whoever holds the server; returns how many changes had waited."""
    User.objects.select_for_update().get(pk=user.pk)
    count, _by_model = Hold.objects.filter(account=user).delete()
    if count:
        notices.tell_owner_and_administrators(user, record("staff.confirmed", target=user, detail={"on": "server"}))
    return count
