"""The pages of notices: of what staff are told, and whether one wants the digest."""

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import require, staff
from blueheart.post import notices
from blueheart.post.models import DigestReader, NoticeRule
from blueheart.post.notices import Notice
from blueheart.trail.record import record
from office.notices.forms import DigestForm, NoticeForm
from office.page import OfficePage, has

VIEW, CHANGE = "post.view_noticerule", "post.change_noticerule"


def all_notices(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """One's own digest, and for those who may see it who is told of what."""
    reader = staff(request)
    mine = DigestReader.objects.filter(user=reader).first()
    form = DigestForm(request.POST or None, initial={"every": mine.every if mine else ""})
    if request.method == "POST" and form.is_valid():
        _set_digest(request, form.cleaned_data["every"])
        messages.success(request, _("Done."))
        return HttpResponseRedirect(request.path)
    may_view = request.user.has_perm(VIEW) or request.user.has_perm(CHANGE)
    context = {
        **site.each_context(request),
        "title": _("Notices by mail"),
        "form": form,
        "has_address": bool(reader.email),
        "notices": [(told, notices.readers_of(told)) for told in notices.declared()] if may_view else [],
        "may_view": may_view,
        "may_change": request.user.has_perm(CHANGE),
    }
    return TemplateResponse(request, "office/notices.html", context)


def one_notice(request: HttpRequest, site: AdminSite, *, kind: str) -> HttpResponse:
    """Choose who is told, or switch it off where nobody's safety hangs on it."""
    told = next((each for each in notices.declared() if each.kind == kind), None)
    if told is None:
        raise Http404
    rule = NoticeRule.objects.filter(kind=kind).first()
    form = NoticeForm(request.POST or None, told=told, rule=rule)
    if request.method == "POST":
        require(request, CHANGE)
        if form.is_valid():
            _set_rule(request, told, form)
            messages.success(request, _("Done."))
            return HttpResponseRedirect(reverse("admin:notices"))
    context = {
        **site.each_context(request),
        "title": told.label,
        "form": form,
        "may_change": request.user.has_perm(CHANGE),
    }
    return TemplateResponse(request, "office/notice.html", context)


@transaction.atomic
def _set_digest(request: HttpRequest, every: str) -> None:
    reader = staff(request)
    if every:
        DigestReader.objects.update_or_create(user=reader, defaults={"every": every})
    else:
        DigestReader.objects.filter(user=reader).delete()
    record("digest.chosen", request=request, detail={"every": every})


@transaction.atomic
def _set_rule(request: HttpRequest, told: Notice, form: NoticeForm) -> None:
    rule, _created = NoticeRule.objects.update_or_create(kind=told.kind, defaults={"is_on": form.cleaned_data["is_on"]})
    rule.readers.set(form.cleaned_data["readers"])
    chosen = sorted(user.pk for user in form.cleaned_data["readers"])
    detail = {"kind": told.kind, "is_on": rule.is_on, "readers": chosen}
    record("noticerule.changed", target=rule, request=request, detail=detail)


def _anybody(_request: HttpRequest, _site: AdminSite) -> bool:
    """The digest is everybody's own; the rest of the page asks for its permission."""
    return True


PAGES = [
    OfficePage("notices/", "notices", all_notices, _anybody, label=gettext_lazy("Notices by mail, and my digest")),
    OfficePage("notices/<slug:kind>/", "notice", one_notice, has(VIEW, CHANGE)),
]
