"""Telling staff about a heart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from blueheart.pages import as_typed, form_page, public_page, switches_language
from pledges import limits
from pledges.forms import ReportForm
from pledges.models import Pledge
from pledges.services.reporting import report_heart

TOO_MANY_REQUESTS = 429


@form_page
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Pledge.objects.shown(), public_id=public_id)
    if switches_language(request):
        form = ReportForm(initial=as_typed(ReportForm.base_fields, request.POST))
        return render(request, "pledges/report.html", {"pledge": found, "form": form})
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_from_a_robot:
        return redirect("pledges:reported")
    status = 200
    if form.is_valid():
        if limits.may_report(request):
            report_heart(pledge=found, reason=form.cleaned_data["reason"], words=form.cleaned_data["words"])
            return redirect("pledges:reported")
        form.add_error(None, _("Many reports came from your network in the last hour. Please try again in an hour."))
        status = TOO_MANY_REQUESTS
    return render(request, "pledges/report.html", {"pledge": found, "form": form}, status=status)


@public_page
def reported(request: HttpRequest) -> HttpResponse:
    return render(request, "pledges/reported.html")
