"""Making the groups that carry the roles, after every migration or by hand: what they may do is what the table says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps as global_apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Model, Q

from blueheart.trail.models import Entry
from blueheart.trail.record import record
from office.roles import ROLES, Role

OURS = ("campaigns", "donations", "office", "pledges")  # and every app below `blueheart`
READ_BESIDES = (
    "auth.view_group",
    "auth.view_user",
    "axes.view_accessattempt",
    "axes.view_accessfailurelog",
    "axes.view_accesslog",
    "otp_totp.view_totpdevice",
)


class UnknownPermissionError(LookupError):
    """The table names permissions that no model has."""


@dataclass(frozen=True)
class Change:
    """What the making of a role gave and took; both empty where it was as the table says."""

    role: Role
    is_new: bool
    given: tuple[str, ...]
    taken: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.is_new or self.given or self.taken)


def our_apps() -> set[str]:
    """The labels of the apps that are part of the portal."""
    return {config.label for config in global_apps.get_app_configs() if _is_ours(config.name)}


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in {*OURS, "blueheart"}


@transaction.atomic
def make_roles() -> list[Change]:
    """Give every role exactly the permissions of the table; groups of other names are left alone. Safe to repeat.

    Raises `UnknownPermissionError`. The trail tells of it, by nobody, as soon as the portal has accounts.
    """
    ids = {f"{app}.{codename}": pk for pk, app, codename in _all_permissions()}
    unknown = sorted({name for role in ROLES for name in role.permissions} - set(ids))
    if unknown:
        raise UnknownPermissionError(f"office/roles.py names permissions that do not exist: {', '.join(unknown)}")
    changes = [_make(role, ids) for role in ROLES]
    if User.objects.exists():
        for change in filter(None, changes):
            group = Group.objects.get(name=change.role.name)
            record("role.made", target=group, detail={"given": change.given, "taken": change.taken})
    return changes


def _make(role: Role, ids: dict[str, int]) -> Change:
    group, is_new = Group.objects.get_or_create(name=role.name)
    wanted = set(permissions_of(role, ids))
    names = {pk: name for name, pk in ids.items()}
    had = {names[pk] for pk in group.permissions.values_list("pk", flat=True)}
    if wanted != had:
        group.permissions.set([ids[name] for name in wanted])
    return Change(role, is_new, given=tuple(sorted(wanted - had)), taken=tuple(sorted(had - wanted)))


def permissions_of(role: Role, every: Iterable[str]) -> frozenset[str]:
    """The permissions of a role, of all that there are."""
    read = {name for name in every if _is_view_of_ours(name)} | set(READ_BESIDES) if role.reads_all else set()
    return frozenset(read.union(role.permissions))


def _is_view_of_ours(name: str) -> bool:
    app, _dot, codename = name.partition(".")
    return app in our_apps() and codename.startswith("view_")


def _all_permissions() -> list[tuple[int, str, str]]:
    rows = Permission.objects.filter(~Q(content_type=None))
    return list(rows.values_list("pk", "content_type__app_label", "codename"))


def after_migrate(*, plan: Any = (), apps: Any = global_apps, **_rest: Any) -> None:
    """Make the roles once all tables and permissions are there: the last step of `migrate`."""
    is_undone = any(backwards for _migration, backwards in plan or ())
    if is_undone or not all(_stands(model, apps) for model in (Group, Entry)):
        return
    for config in global_apps.get_app_configs():
        create_permissions(config, verbosity=0)
    make_roles()


def _stands(model: type[Model], state: Any) -> bool:
    """Whether the model's table is there: `migrate` may also be run for one app."""
    try:
        state.get_model(model._meta.label)
    except LookupError:
        return False
    return True
