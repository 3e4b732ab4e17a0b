"""A fresh sign-in before accounts change: who sits down at an open desk has neither the password nor the phone."""

from typing import TYPE_CHECKING

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from blueheart.admin.acts import staff
from blueheart.trail.record import record
from office.signing_in import kept_form, pages, second_factor, sessions
from office.signing_in.forms import AgainForm, refuse
from office.signing_in.second_factor import CodeRefusedError

if TYPE_CHECKING:
    from office.admin_site import OfficeAdminSite

# Pages of one's own protection ask before they open: what is typed there is secret, and never kept.
BEFORE_OPENING = frozenset({"password_change", "recovery_codes"})
# These ask before they change anything; accounts, their phones and lock-outs with all pages of their own.
BEFORE_SENDING = frozenset({"my_account"})
ACCOUNTS = ("auth_user_", "otp_totp_totpdevice_", "axes_accessattempt_")


def is_wanted(request: HttpRequest) -> bool:
    """Whether both factors have to be shown again before the page does what the request wants."""
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    changes = request.method == "POST" and (name in BEFORE_SENDING or name.startswith(ACCOUNTS))
    return (changes or name in BEFORE_OPENING) and not sessions.is_fresh(request)


def ask(request: HttpRequest, *, keeps: bool = True) -> HttpResponse:
    """Send the person to show both factors, and keep what they sent until then."""
    if keeps:
        kept_form.keep(request)
    return redirect(f"{reverse('admin:again')}?{urlencode({pages.NEXT: request.get_full_path()})}")


@sensitive_post_parameters("password", "code")
def page(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """Ask for the password and a code of the phone; then on to where the person wanted to go, with what they typed."""
    form = AgainForm(request.POST or None)
    if request.method == "POST" and not pages.may_try_password(request):
        return pages.locked_out(request)
    if form.is_valid() and _is_shown(request, form):
        sessions.renew(request)
        record("office.signed-in-again", request=request)
        wanted = pages.next_url(request)
        return redirect("admin:kept" if kept_form.waiting(request) else wanted)
    context = {"title": _("Confirm that it is you"), "form": form, "kept": kept_form.waiting(request)}
    return pages.before_the_door(request, site, "office/again.html", context)


def _is_shown(request: HttpRequest, form: AgainForm) -> bool:
    """Whether password and code are right; else the form says what is not, and the trail that it was refused."""
    user = staff(request)
    if authenticate(request, username=user.get_username(), password=form.cleaned_data["password"]) != user:
        record("office.password-refused", request=request)
        form.add_error("password", _("That is not your password."))
        return False
    try:
        second_factor.verify_phone(user, form.cleaned_data["code"])
    except CodeRefusedError as refusal:
        record("office.code-refused", request=request, detail={"way": "again", "wait_seconds": refusal.wait_seconds})
        refuse(form, refusal.wait_seconds)
        return False
    return True
