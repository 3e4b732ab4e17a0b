"""Telling staff about a heart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.pages import as_typed, form_page, public_page, switches_language
from blueheart.site_settings.reading import current
from blueheart.site_settings.switches import WALL_HIDDEN
from pledges import limits
from pledges.forms import ReportForm
from pledges.models import HeartReport, Pledge
from pledges.services.reporting import report_heart

TOO_MANY_REQUESTS = 429
IN_NEED = frozenset({HeartReport.Reason.MAY_NEED_HELP, HeartReport.Reason.CHILD})
FOR_HELP = "?help=1"


@form_page
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Pledge.objects.with_own_page(), public_id=public_id)
    context = {"pledge": found, "name": "" if current().is_on(WALL_HIDDEN) else found.public_name}
    if switches_language(request):
        form = ReportForm(initial=as_typed(ReportForm.base_fields, request.POST))
        return render(request, "pledges/report.html", context | {"form": form})
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_from_a_robot:
        return redirect("pledges:reported")
    status = 200
    if form.is_valid():
        if limits.may_report(request):
            reason = form.cleaned_data["reason"]
            report_heart(pledge=found, reason=reason, words=form.cleaned_data["words"])
            return redirect(f"{reverse('pledges:reported')}{FOR_HELP if reason in IN_NEED else ''}")
        form.add_error(None, _("Many reports came from your network in the last hour. Please try again in an hour."))
        status = TOO_MANY_REQUESTS
    return render(request, "pledges/report.html", context | {"form": form}, status=status)


@public_page(query=("help",), numbers=False)
def reported(request: HttpRequest) -> HttpResponse:
    """The same thanks for everyone; who thinks that somebody is in need reads first who can help today."""
    return render(request, "pledges/reported.html", {"is_for_help": "help" in request.GET})
