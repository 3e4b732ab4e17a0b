"""What is done to a colleague's account besides its form: a link for a password, ending sessions, confirming it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from blueheart.admin.acts import ActPage, Button, Words, answer
from blueheart.refusals import RefusedError
from office import accounts
from office.signing_in import holds, sessions
from office.signing_in.own_account import held_roles


def urls(desk: ModelAdmin[Any]) -> list[URLPattern]:
    """The addresses of the acts, below those of accounts."""
    pages = {"password": password_link, "end-sessions": end_sessions, "confirm": confirm}
    names = {"password": "auth_user_password_change"}

    def view(act: Any) -> Any:
        return desk.admin_site.admin_view(lambda request, pk: act(desk, request, pk))

    return [
        path(f"<int:pk>/{route}/", view(act), name=names.get(route, f"auth_user_{route.replace('-', '_')}"))
        for route, act in pages.items()
    ]


def password_link(desk: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """Have a link mailed by which the account's owner sets a password that nobody else ever knows."""
    user = _account(desk, request, pk)

    def act(_given: dict[str, Any]) -> str:
        if not (user.is_active and user.email):
            raise RefusedError(_("The account is not active, or has no address: nobody would get the link."))
        accounts.send_password_link(user, request=request)
        return _("The link is on its way. It works once, and for a day.")

    button = Button("send", _("Send the link"), act, is_default=True)
    page = ActPage(desk, user, _("Send a link to set a new password"), _facts(user), [button])
    return answer(page, request, forms.Form(request.POST or None))


def end_sessions(desk: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """End every session of the account at once."""
    user = _account(desk, request, pk)

    def act(_given: dict[str, Any]) -> str:
        accounts.end_sessions(user, request=request)
        return _("All sessions of the account are ended.")

    button = Button("end", _("End all sessions"), act, is_default=True)
    page = ActPage(desk, user, _("End all sessions of an account"), _facts(user), [button])
    return answer(page, request, forms.Form(request.POST or None))


def confirm(desk: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """Say, as the second administrator, that an account is in the right hands."""
    user = _account(desk, request, pk)
    if user.pk == request.user.pk:
        raise PermissionDenied
    changed_by = ", ".join(each.get_username() for each in holds.held_by(user))

    def act(_given: dict[str, Any]) -> str:
        opens = holds.confirm(user, request=request)
        return _("The account is confirmed.") if opens else _("It waits for one more administrator.")

    page = ActPage(
        desk,
        user,
        _("Confirm that an account is in the right hands"),
        [*_facts(user), (_("Changed by"), changed_by), (_("Before you confirm"), _ask_first())],
        [Button("confirm", _("Confirm"), act, is_default=True)],
        judged=[changed_by, user.email, sorted(accounts.roles_of(user)), user.is_superuser],
    )
    return answer(page, request, forms.Form(request.POST or None))


def _ask_first() -> str:
    return _("Ask the person by another way than this office: is the account theirs, and the address? Are the roles?")


def _account(desk: ModelAdmin[Any], request: HttpRequest, pk: int) -> User:
    user = get_object_or_404(User, pk=pk)
    if not desk.has_change_permission(request, user):
        raise PermissionDenied
    return user


def _facts(user: User) -> Sequence[tuple[Words, Any]]:
    return [
        (_("Username"), user.get_username()),
        (_("Name"), user.get_full_name()),
        (_("E-mail address"), user.email),
        (_("Roles"), ", ".join(str(role.label) for role in held_roles(user))),
        (_("Superuser"), _("yes") if user.is_superuser else _("no")),
        (_("Open sessions"), sessions.open_sessions(user)),
    ]
