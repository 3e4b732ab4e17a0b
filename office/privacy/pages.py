"""The pages of the privacy desk: finding a person, all about them as a file, asking for their erasure, retention."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from blueheart.admin.acts import admin_url, staff
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from office.page import OfficePage, has
from office.privacy import consents, erasures, finding, papers, retention, subjects
from office.privacy.forms import ErasureForm, ExportForm, SearchForm
from office.privacy.preview import preview

FIND, EXPORT, ASK = "office.find_person", "office.export_person", "office.ask_erasure"
RUN = "office.run_retention"
SHOWN = 100  # rows of one kind on the page; the file has all


class Line(NamedTuple):
    """A row of the person's, and its page for those who may open it."""

    kind: str
    name: str
    says: str
    url: str


OnPerson = Callable[[HttpRequest, AdminSite, subjects.Person], HttpResponse]


@sensitive_post_parameters()
def desk(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Look for a person; what was found is the answer to the form, so that no address stands in a URL."""
    form = SearchForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        found = finding.search(form.cleaned_data["typed"], request=request)
        if found.person and (found.person.is_known or found.person.is_staff):
            return _person(request, site, found.person)
    return _page(request, site, "desk", _("Privacy desk"), {"form": form, "found": found})


@sensitive_post_parameters()
def export(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """All about a person in one file; who took it, and in which case, is in the trail."""
    return _on_person(request, site, _export)


@sensitive_post_parameters()
def erase(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """What an erasure would do, and asking for it."""
    return _on_person(request, site, _erase)


def rules(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Every rule of retention: what, after how long, when it ran last, how many are due; tried, or run now."""
    if request.method == "POST":
        return _run(request)
    context = {"rules": retention.standing(), "may_run": request.user.has_perm(RUN)}
    return _page(request, site, "retention", _("Retention"), context)


def _on_person(request: HttpRequest, site: AdminSite, act: OnPerson) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:privacy_desk"))
    try:
        return act(request, site, finding.behind(request.POST.get("key", ""), request=request))
    except finding.KeyOverError as error:
        messages.warning(request, str(error))
        return HttpResponseRedirect(reverse("admin:privacy_desk"))


def _person(
    request: HttpRequest, site: AdminSite, person: subjects.Person, export_form: ExportForm | None = None
) -> HttpResponse:
    told = subjects.told(person)
    mails, acts = finding.in_tables(told, "mails"), finding.in_tables(told, "acts")
    context = {
        "person": person,
        "key": finding.key_of(person, request=request),
        "lines": _lines(request, site, person),
        "consents": consents.given_by(person),
        "mails": mails[-SHOWN:],
        "more_mails": len(mails) > SHOWN,
        "acts": acts[-SHOWN:],
        "more_acts": len(acts) > SHOWN,
        "export_form": export_form or ExportForm(),
        "may_export": request.user.has_perm(EXPORT),
        "may_ask": request.user.has_perm(ASK),
    }
    return _page(request, site, "person", _("A person"), context)


def _export(request: HttpRequest, site: AdminSite, person: subjects.Person) -> HttpResponse:
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _person(request, site, person, form)
    told = subjects.told(person)
    kind = "pdf" if request.POST.get("format") == "pdf" else "json"
    file = papers.as_paper(told, made_at=timezone.now()) if kind == "pdf" else papers.as_data(told)
    with transaction.atomic():
        for row in _subjects(person):
            detail = {"format": kind, "case": form.cleaned_data["case"]}
            record("person.exported", target=row, request=request, why=form.cleaned_data["case"], detail=detail)
    response = HttpResponse(file, content_type="application/pdf" if kind == "pdf" else "application/json")
    response["Content-Disposition"] = f'attachment; filename="blue-heart-person.{kind}"'
    return response


def _erase(request: HttpRequest, site: AdminSite, person: subjects.Person) -> HttpResponse:
    form = ErasureForm(request.POST if "ask" in request.POST else None)
    if form.is_valid():
        try:
            erasure = erasures.ask(**form.cleaned_data, email=person.email, by=staff(request), request=request)
        except RefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The erasure waits for a second person. Nothing is erased yet."))
            return HttpResponseRedirect(admin_url(erasure))
    context = {
        "person": person,
        "form": form,
        "key": finding.key_of(person, request=request),
        "preview": preview(person),
    }
    return _page(request, site, "erase", _("Erase a person"), context)


def _run(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(RUN):
        raise PermissionDenied
    is_dry_run = request.POST.get("act") != "run"
    name = request.POST.get("rule", "")
    chosen = [rule for rule in retention.RULES if not name or rule.name == name]
    counted = retention.run(chosen, is_dry_run=is_dry_run, request=request)
    for rule, count in counted:
        said = _("Would be forgotten") if is_dry_run else _("Forgotten")
        messages.success(request, f"{rule.says}: {said}: {count}")
    if is_dry_run:
        messages.info(request, _("Nothing was changed."))
    return HttpResponseRedirect(reverse("admin:retention"))


def _lines(request: HttpRequest, site: AdminSite, person: subjects.Person) -> list[Line]:
    found: list[tuple[Model, str]] = [(donor, _gifts(donor)) for donor in person.donors]
    found += [
        (donation, str(donation.get_status_display()))
        for donor in person.donors
        for donation in donor.donations.order_by("-pk")[:SHOWN]
    ]
    found += [
        (gift, str(gift.get_status_display())) for donor in person.donors for gift in donor.monthlygifts.order_by("pk")
    ]
    found += [(row, str(row.get_status_display())) for row in person.supporter.pledges]
    found += [(row, str(row.get_status_display())) for row in person.supporter.groups]
    found += [(row, _("as contact")) for row in person.contacts.rows]
    return [
        Line(str(capfirst(row._meta.verbose_name)), str(row), says, _url(request, site, row)) for row, says in found
    ]


def _gifts(donor: Any) -> str:
    count = donor.donations.count()
    return _("gifts: %(count)s") % {"count": count}


def _url(request: HttpRequest, site: AdminSite, row: Model) -> str:
    """Its page in the office, for those who may look at it."""
    model = type(row)
    may = site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)
    return admin_url(row) if may else ""


def _subjects(person: subjects.Person) -> list[Model]:
    """The rows that name the person: what was done with all of theirs is written down with these."""
    return [*person.donors, *person.supporter.pledges, *person.supporter.groups, *person.contacts.rows]


def _page(request: HttpRequest, site: AdminSite, name: str, title: str, context: dict[str, Any]) -> TemplateResponse:
    shown = {**site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"office/privacy/{name}.html", shown)


PAGES = [
    OfficePage("privacy/", "privacy_desk", desk, has(FIND), label=gettext_lazy("Privacy desk: find a person")),
    OfficePage("privacy/export/", "privacy_export", export, has(EXPORT)),
    OfficePage("privacy/erase/", "privacy_erase", erase, has(ASK)),
    OfficePage(
        "privacy/retention/", "retention", rules, has(RUN), label=gettext_lazy("Retention: what is forgotten, and when")
    ),
]
