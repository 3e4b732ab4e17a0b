"""Passwords that nobody but their owner ever knows: a mailed link, good once and for a day, opens the form."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from blueheart import tokens
from blueheart.post import outbox
from blueheart.trail.models import Entry
from blueheart.trail.record import record
from office.signing_in import notices, pages, sessions
from office.signing_in.forms import NewPasswordForm
from office.signing_in.models import PasswordLink

if TYPE_CHECKING:
    from office.admin_site import OfficeAdminSite

KIND = "staff-password-link"
GONE = 410


def promise(user: User, *, entry: Entry, language: str) -> None:
    """Have a link mailed to the account's owner, in the transaction of its cause."""
    outbox.add(KIND, cause=f"{KIND}:{entry.pk}:{user.pk}", subject_id=user.pk, language=language)


def mint(user: User) -> str:
    """A new link's token, told here and never again; an older link of the account is void from now on."""
    token, digest = tokens.mint()
    expires_at = timezone.now() + PasswordLink.LASTS
    PasswordLink.objects.update_or_create(account=user, defaults={"digest": digest, "expires_at": expires_at})
    return token


def _behind(token: str) -> PasswordLink | None:
    links = PasswordLink.objects.filter(digest=tokens.digest(token), expires_at__gt=timezone.now())
    return links.filter(account__is_active=True, account__is_staff=True).select_related("account").first()


@sensitive_post_parameters("new_password1", "new_password2")
@sensitive_variables("token", "form")
def page(request: HttpRequest, site: "OfficeAdminSite", token: str) -> HttpResponse:
    """Let the owner set their password; opening the page spends nothing, for mail programs look at links first."""
    with transaction.atomic():
        link = _behind(token)
        if link is None:
            gone = {"title": _("This link opens nothing any more")}
            return _shown(pages.before_the_door(request, site, "office/password_link_gone.html", gone), GONE)
        form = NewPasswordForm(link.account, request.POST or None)
        if form.is_valid() and PasswordLink.objects.filter(pk=link.pk, digest=link.digest).delete()[0]:
            form.save()
            _set(link.account, request)
            messages.success(request, _("Your password is set. Sign in with it."))
            return redirect("admin:login")
    context: dict[str, Any] = {"title": _("Set your password"), "form": form, "account": link.account}
    return _shown(pages.before_the_door(request, site, "office/set_password.html", context))


def _set(user: User, request: HttpRequest) -> None:
    """The new password stands: every session ends, and the owner hears of it."""
    sessions.end_all(user)
    entry = record("office.password-set", target=user, actor=user, request=request)
    notices.tell_owner(notices.SECURITY, user, entry)


def _shown(answer: HttpResponse, status: int = 200) -> HttpResponse:
    """The page, whose address nobody else may learn: other sites are not told it, and search engines keep out."""
    answer.status_code = status
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def forget_past() -> int:
    """Delete links that nobody used within their day; returns how many there were."""
    return due().delete()[0]


def due() -> QuerySet[PasswordLink]:
    """Links that are too old."""
    return PasswordLink.objects.filter(expires_at__lt=timezone.now())
