"""Signing in to the office after the password: the phone's code, a code on paper, or the first enrolment.

A session that has shown a password only lives ten minutes and reaches nothing but these pages.
"""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import django_otp
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django_otp.models import Device

from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import spend
from blueheart.trail.record import record
from office.signing_in import holds, kept_form, notices, places, second_factor, sessions
from office.signing_in.forms import PhoneCodeForm, RecoveryCodeForm, refuse
from office.signing_in.second_factor import AlreadyEnrolledError, CodeRefusedError, Enrolment

if TYPE_CHECKING:
    from office.admin_site import OfficeAdminSite

PASSWORD_ONLY = dt.timedelta(minutes=10)
PASSWORDS_PER_SOURCE = 60  # in a quarter of an hour, whatever the account: django-axes counts by account
QUARTER_HOUR, DAY = 15 * 60, 24 * 60 * 60
LONGEST_NAME = 150  # of an account
R = TypeVar("R", bound=HttpResponseBase)
ENROLMENT = "office-enrolment"
NEXT = "next"


def knows_password(request: HttpRequest) -> bool:
    """Whether this session belongs to a member of staff who has shown a password, and maybe no more."""
    user = request.user
    is_staff = user.is_authenticated and user.is_active and user.is_staff
    return is_staff and not sessions.is_over(request)


def _person(request: HttpRequest) -> User:
    """Who this is; only behind `knows_password`."""
    return cast(User, request.user)


def may_try_password(request: HttpRequest) -> bool:
    """Count one try of a password from this source, and tell whether it is still within the limit."""
    source = subnet(client_address(request))
    return spend("office-password", source, limit=PASSWORDS_PER_SOURCE, seconds=QUARTER_HOUR)


def next_step(request: HttpRequest) -> HttpResponse:
    """Send a person who has shown a password to the page for the code, or to the enrolment the first time."""
    page = "admin:code" if second_factor.has_second_factor(_person(request)) else "admin:enrol"
    return redirect(f"{reverse(page)}?{urlencode({NEXT: next_url(request)})}")


def next_url(request: HttpRequest) -> str:
    """The page of ours that the person wanted before they were asked to sign in; else the office's home."""
    wanted = request.POST.get(NEXT) or request.GET.get(NEXT) or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("admin:index")


def expire(request: HttpRequest, after: dt.timedelta) -> None:
    """End the session at a fixed moment, however busy it is until then."""
    request.session.set_expiry(timezone.now() + after)


def end(request: HttpRequest) -> None:
    """End a session whose time is up, keep what was sent, and say so on the next page."""
    why = _("You were signed out after 30 minutes without a sign of you.")
    if not sessions.was_idle(request):
        why = _("You were signed out after 8 hours.")
    if kept_form.end_and_keep(request):
        kept = _("What you had typed is kept for half an hour: sign in to see it.")
        why = f"{why} {kept}"
    messages.warning(request, why)


def ended(request: HttpRequest) -> HttpResponse:
    """End a session whose time is up and ask for the password, which leads back here."""
    end(request)
    return redirect(f"{reverse('admin:login')}?{urlencode({NEXT: request.get_full_path()})}")


@sensitive_post_parameters("code")
def code(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """Ask for the phone's code."""
    return _ask(request, site, PhoneCodeForm, second_factor.verify_phone, "phone")


@sensitive_post_parameters("code")
def recovery(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """Ask for one of the codes on paper."""
    return _ask(request, site, RecoveryCodeForm, second_factor.verify_recovery, "recovery")


def _ask(
    request: HttpRequest,
    site: "OfficeAdminSite",
    form_class: type[PhoneCodeForm | RecoveryCodeForm],
    verify: Callable[[User, str], Device],
    way: str,
) -> HttpResponse:
    if not knows_password(request):
        return redirect(f"{reverse('admin:login')}?{urlencode({NEXT: next_url(request)})}")
    if site.has_permission(request):
        return redirect(next_url(request))
    if not second_factor.has_second_factor(_person(request)):
        return next_step(request)
    form = form_class(request.POST or None)
    if form.is_valid():
        try:
            device = verify(_person(request), form.cleaned_data["code"])
        except CodeRefusedError as refusal:
            record("office.code-refused", request=request, detail={"way": way, "wait_seconds": refusal.wait_seconds})
            refuse(form, refusal.wait_seconds)
        else:
            return _let_in(request, device, way)
    context = {"title": _("Confirm that it is you"), "form": form, "way": way, NEXT: next_url(request)}
    return before_the_door(request, site, "office/code.html", context)


@transaction.atomic
def _let_in(request: HttpRequest, device: Device, way: str) -> HttpResponse:
    user, wanted = _person(request), next_url(request)
    if holds.is_held(user):
        return held_out(request)
    _open_session(request, device)
    entry = record("office.signed-in", request=request, detail={"way": way})
    if places.is_new(user, request):
        notices.tell_owner(notices.SIGNED_IN, user, entry)
    if way == "recovery":
        used = record("office.recovery-code-used", target=user, request=request)
        notices.tell_owner(notices.SECURITY, user, used)
        left = second_factor.unused_recovery_codes(user)
        warning = ngettext("You have %(left)s recovery code left.", "You have %(left)s recovery codes left.", left)
        messages.warning(request, warning % {"left": left})
    return redirect("admin:kept") if kept_form.waiting(request) else redirect(wanted)


def _open_session(request: HttpRequest, device: Device) -> None:
    request.session.cycle_key()
    django_otp.login(request, device)
    request.session.pop(ENROLMENT, None)
    sessions.begin(request)


@sensitive_post_parameters("code")
def enrol(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """Teach the person's phone its secret: the first time after the password, later to replace a phone."""
    replacing = site.has_permission(request)
    if not knows_password(request):
        return redirect("admin:login")
    if second_factor.has_second_factor(_person(request)) and not replacing:
        return next_step(request)
    enrolment = _enrolment(request)
    form = PhoneCodeForm(request.POST or None)
    if form.is_valid():
        user = _person(request)
        try:
            device, codes = second_factor.enrol(
                user=user, enrolment=enrolment, code=form.cleaned_data["code"], replacing=replacing
            )
        except AlreadyEnrolledError:
            return next_step(request)
        except CodeRefusedError:
            record("office.enrolment-refused", request=request)
            refuse(form, 0)
        else:
            return _enrolled(request, site, device, codes, replacing=replacing)
    context = {
        "title": _("Connect your phone"),
        "form": form,
        "secret": enrolment.secret(),
        "qr_code": enrolment.qr_code(_person(request)),
        NEXT: next_url(request),
    }
    return before_the_door(request, site, "office/enrol.html", context)


@transaction.atomic
def _enrolled(
    request: HttpRequest, site: "OfficeAdminSite", device: Device, codes: list[str], *, replacing: bool
) -> HttpResponse:
    """Open the session that knows the new phone, end all others, and say so to the account's owner."""
    user, wanted = _person(request), next_url(request)
    if holds.is_held(user):
        raise PermissionDenied  # held since the page was asked for: `enrol` lets nobody begin who is
    _open_session(request, device)
    sessions.end_all(user, but=request.session.session_key)
    places.is_new(user, request)
    entry = record("office.enrolled", target=user, request=request, detail={"replaced": replacing})
    notices.tell_owner(notices.SECURITY, user, entry)
    return show_codes(request, site, codes, wanted)


def _enrolment(request: HttpRequest) -> Enrolment:
    if ENROLMENT not in request.session:
        request.session[ENROLMENT] = Enrolment.begin().key
    return Enrolment(request.session[ENROLMENT])


def leave(request: HttpRequest) -> HttpResponse:
    """End a session that has shown a password only."""
    if request.method == "POST":
        logout(request)
    return swept(redirect("admin:login"))


def swept(answer: R) -> R:
    """The answer to a sign-out: the browser forgets what it has kept of the office."""
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


def renew_codes(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """Replace the recovery codes of the person who is signed in; the page shows them this once."""
    if request.method != "POST":
        left = second_factor.unused_recovery_codes(_person(request))
        context = {"title": _("Recovery codes"), "left": left}
        return before_the_door(request, site, "office/renew_recovery_codes.html", context)
    user = _person(request)
    with transaction.atomic():
        codes = second_factor.renew_recovery_codes(user)
        entry = record("office.recovery-codes-renewed", target=user, request=request)
        notices.tell_owner(notices.SECURITY, user, entry)
    return show_codes(request, site, codes, reverse("admin:index"))


def show_codes(request: HttpRequest, site: "OfficeAdminSite", codes: list[str], wanted: str) -> HttpResponse:
    """Show the codes, in the answer itself: they are stored nowhere else than on the person's paper."""
    return before_the_door(
        request, site, "office/recovery_codes.html", {"title": _("Your recovery codes"), "codes": codes, NEXT: wanted}
    )


def before_the_door(
    request: HttpRequest, site: "OfficeAdminSite", template: str, context: dict[str, Any]
) -> HttpResponse:
    """A page of the door, which no cache keeps."""
    request.current_app = site.name
    context = {**site.each_context(request), "next_query": urlencode({NEXT: next_url(request)}), **context}
    response = TemplateResponse(request, template, context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def typed_name(request: HttpRequest, credentials: Any = None) -> str:
    """The name of an account as it was typed, no longer than one may be: django-axes writes it down."""
    typed = credentials if credentials else request.POST
    return str(typed.get("username") or "")[:LONGEST_NAME]


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """Say that there were too many wrong passwords, and when to come back. Called by django-axes, too, which knows the
    name: the account's owner hears of it once a day. The page is the same whether there is such an account or not.
    """
    name = str((credentials or {}).get("username") or "")
    source = f"{name} {subnet(client_address(request))}"
    if spend("office-locked-out", source, limit=1, seconds=QUARTER_HOUR):
        owner = User.objects.filter(username=name, is_active=True, is_staff=True).first() if name else None
        entry = record("office.locked-out", target=owner, request=request)
        if owner and spend("office-lock-out-told", str(owner.pk), limit=1, seconds=DAY):
            notices.tell_owner(notices.SECURITY, owner, entry)
    context = {**admin.site.each_context(request), "title": _("Too many wrong passwords")}
    return render(request, "office/locked.html", context, status=429)


def held_out(request: HttpRequest) -> HttpResponse:
    """End a session that has shown what it had to, and say that the account waits for a second administrator."""
    record("office.held-out", target=_person(request), request=request)
    logout(request)
    context = {**admin.site.each_context(request), "title": _("Your account waits for a second administrator")}
    return render(request, "office/held.html", context, status=403)
