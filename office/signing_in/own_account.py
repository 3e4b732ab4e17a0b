"""A person's own account: their roles, what protects it, and how to end it elsewhere or change it."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blueheart.admin.acts import staff
from blueheart.trail.record import record
from office.roles import ROLES, Role
from office.signing_in import kept_form, notices, second_factor, sessions
from office.signing_in.forms import OwnPasswordForm

if TYPE_CHECKING:
    from office.admin_site import OfficeAdminSite

OTHERS = "others"


def page(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """Show the account; on POST, end one of its sessions, or all others."""
    user = staff(request)
    if request.method == "POST":
        mark = request.POST.get("end", OTHERS)
        return _end_others(request, user) if mark == OTHERS else _end_one(request, user, mark)
    context = {
        **site.each_context(request),
        "title": _("My account"),
        "account": user,
        "roles": held_roles(user),
        "last_sign_in": user.last_login,
        "codes_left": second_factor.unused_recovery_codes(user),
        "open_sessions": sessions.listed(user, here=request.session.session_key),
        "others": OTHERS,
    }
    return TemplateResponse(request, "office/my_account.html", context)


def held_roles(user: User) -> list[Role]:
    """The roles of a person, in the order of the table."""
    names = set(user.groups.values_list("name", flat=True))
    return [role for role in ROLES if role.name in names]


@transaction.atomic
def _end_others(request: HttpRequest, user: User) -> HttpResponse:
    ended = sessions.end_all(user, but=request.session.session_key)
    entry = record("office.sessions-ended", target=user, request=request, detail={"ended": ended})
    notices.tell_owner(notices.SECURITY, user, entry)
    said = ngettext("%(count)s other session is ended.", "%(count)s other sessions are ended.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("admin:my_account")


@transaction.atomic
def _end_one(request: HttpRequest, user: User, mark: str) -> HttpResponse:
    if sessions.end_one(user, mark):
        entry = record("office.session-ended", target=user, request=request)
        notices.tell_owner(notices.SECURITY, user, entry)
        messages.success(request, _("That session is ended."))
    else:
        messages.warning(request, _("That session is over already."))
    return redirect("admin:my_account")


class PasswordChange(PasswordChangeView):
    """Changes the person's own password; every other session of theirs ends at that moment."""

    form_class = OwnPasswordForm
    template_name = "office/change_password.html"

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        user = staff(self.request)
        sessions.end_all(user, but=self.request.session.session_key)
        entry = record("office.password-changed", target=user, request=self.request)
        notices.tell_owner(notices.SECURITY, user, entry)
        return answer


def time_left(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """How many seconds the session still lasts. Asking is no sign of the person: it does not lengthen it."""
    left = sessions.seconds_left(request) if site.has_permission(request) else 0
    return JsonResponse({"seconds": max(0, left)})


def kept(request: HttpRequest, site: "OfficeAdminSite") -> HttpResponse:
    """What was typed before the session ended, with a button that sends it now; nothing is sent by itself."""
    waiting = kept_form.waiting(request)
    if waiting is None:
        return redirect("admin:index")
    context = {
        **site.each_context(request),
        "title": _("What you had typed is still here"),
        "kept": waiting,
        "shown": [(name, value) for name, value in waiting.fields if value and not name.startswith("_")],
    }
    return TemplateResponse(request, "office/kept_form.html", context)
