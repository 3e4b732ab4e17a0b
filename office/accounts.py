"""What is done to the accounts of staff: each act is in the trail, and told to the owner and the administrators."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest

from blueheart.trail.models import Entry
from blueheart.trail.record import record
from office.roles import ROLES
from office.signing_in import holds, messages, notices, password_links, second_factor, sessions

NAMES = frozenset(role.name for role in ROLES)


@dataclass(frozen=True)
class Standing:
    """What of an account is worth a word when it changes."""

    is_active: bool = True
    is_superuser: bool = False
    roles: frozenset[str] = frozenset()
    email: str = ""

    @classmethod
    def of(cls, user: User) -> "Standing":
        return cls(user.is_active, user.is_superuser, roles_of(user), user.email)


def roles_of(user: User) -> frozenset[str]:
    """The names of the roles that the person has; groups of other names are none."""
    return frozenset(user.groups.filter(name__in=NAMES).values_list("name", flat=True))


@transaction.atomic
def set_roles(user: User, wanted: Iterable[str]) -> None:
    """Give the account these roles and no others; its other groups stay. `tell_change` says it afterwards."""
    others = user.groups.exclude(name__in=NAMES)
    user.groups.set([*others, *Group.objects.filter(name__in=NAMES & set(wanted))])


@transaction.atomic
def tell_change(user: User, *, before: Standing | None, fields: list[str], request: HttpRequest) -> None:
    """Write down what was done to an account, end the sessions of a deactivated one, and mail those it concerns.

    `before` is None for a new account; `fields` are those of its name and address that changed.
    """
    now, was = Standing.of(user), before or Standing()
    acts: list[tuple[str, dict[str, object]]] = []
    if before is None:
        acts.append(("staff.created", {}))
    acts += [("staff.role-given", {"role": name}) for name in sorted(now.roles - was.roles)]
    acts += [("staff.role-taken", {"role": name}) for name in sorted(was.roles - now.roles)]
    if now.is_superuser != was.is_superuser:
        acts.append((f"staff.superuser-{'given' if now.is_superuser else 'taken'}", {}))
    if now.is_active != was.is_active:
        acts.append((f"staff.{'activated' if now.is_active else 'deactivated'}", {}))
    if fields:
        acts.append(("staff.changed", {"fields": fields}))
    entries = [record(act, target=user, request=request, detail=detail) for act, detail in acts]
    if not now.is_active:
        sessions.end_all(user)
    if before is None:
        password_links.promise(user, entry=entries[0], language=settings.LANGUAGE_CODE)
    if _is_to_be_held(user, now, was) and request.user.pk != user.pk:
        holds.hold(user, request=request)
    if entries:
        notices.tell_owner_and_administrators(user, entries[-1])
        if was.email and was.email != now.email:
            messages.tell_former_address(entries[-1], was.email)


def _is_to_be_held(user: User, now: Standing, was: Standing) -> bool:
    """Whether somebody became a second person, or one who was got another address."""
    gained = (now.is_superuser and not was.is_superuser) or bool((now.roles - was.roles) & holds.SIGNING_ROLES)
    return gained or (now.email != was.email and holds.is_second_person(user))


@transaction.atomic
def send_password_link(user: User, *, request: HttpRequest) -> None:
    """Have a link mailed by which the owner sets a new password; the present one holds until then."""
    entry = record("staff.password-link-sent", target=user, request=request)
    password_links.promise(user, entry=entry, language=settings.LANGUAGE_CODE)
    notices.tell_owner_and_administrators(user, entry)


@transaction.atomic
def end_sessions(user: User, *, request: HttpRequest) -> None:
    """End every session of the account; one's own goes on where it is asked for from there."""
    ended = sessions.end_all(user, but=_here(user, request))
    entry = record("staff.sessions-ended", target=user, request=request, detail={"ended": ended})
    notices.tell_owner_and_administrators(user, entry)


@transaction.atomic
def take_second_factor(user: User, *, request: HttpRequest) -> None:
    """Disconnect the person's phone: they enrol anew at their next sign-in, and every session of theirs ends."""
    second_factor.forget(user)
    sessions.end_all(user, but=_here(user, request))
    notices.tell_owner_and_administrators(user, record("office.second-factor-removed", target=user, request=request))


def _here(user: User, request: HttpRequest) -> str | None:
    """The session of this request where it is the person's own: it ends by what it has lost, not under our hands."""
    return request.session.session_key if request.user.pk == user.pk else None


def has_acted(user: User) -> bool:
    """Whether the trail names the account: then it is kept for ever, and deactivated where it must go."""
    return Entry.objects.filter(actor=user).exists()
