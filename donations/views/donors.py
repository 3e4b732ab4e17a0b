"""The donor wall, and what a visitor tells us of a gift there."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import spend
from blueheart.pages import as_typed, form_page, public_page, switches_language
from blueheart.site_settings.reading import current
from blueheart.site_settings.switches import WALL_HIDDEN
from donations import wall
from donations.forms.gift_reports import GiftReportForm
from donations.models import Donation
from donations.services.gift_reports import report_gift
from donations.site_settings import REPORTS_AN_HOUR

REPORTS_SECONDS = 60 * 60
LONGEST_REFERENCE = 16
TOO_MANY_REQUESTS = 429


@public_page(query=("before", "after"))
def donors(request: HttpRequest) -> HttpResponse:
    hidden = current().notice(WALL_HIDDEN)
    try:
        page = (
            wall.NOBODY
            if hidden
            else wall.page(before=_reference(request, "before"), after=_reference(request, "after"))
        )
    except Donation.DoesNotExist:
        raise Http404 from None
    context = {
        "page": page,
        "is_first": not request.GET,
        "number_of_gifts": wall.number_of_gifts(),
        "hidden": hidden,
    }
    return render(request, "donations/donors.html", context)


@form_page
def report_donor(request: HttpRequest, public_id: str) -> HttpResponse:
    gift = get_object_or_404(wall.shown().only(*wall.SHOWN), public_id=public_id)
    if switches_language(request):
        form = GiftReportForm(initial=as_typed(GiftReportForm.base_fields, request.POST))
        return _report_page(request, gift, form)
    form = GiftReportForm(request.POST if request.method == "POST" else None)
    if form.is_from_a_robot:
        return redirect("donations:donor_reported")
    if not form.is_valid():
        return _report_page(request, gift, form)
    if not spend(
        "gift-reports", subnet(client_address(request)), limit=current().limit(REPORTS_AN_HOUR), seconds=REPORTS_SECONDS
    ):
        form.add_error(None, _("Many reports came from your network in the last hour. Please try again in an hour."))
        return _report_page(request, gift, form, status=TOO_MANY_REQUESTS)
    report_gift(donation=gift, reason=form.cleaned_data["reason"], words=form.cleaned_data["words"])
    return redirect("donations:donor_reported")


@public_page(numbers=False)
def donor_reported(request: HttpRequest) -> HttpResponse:
    return render(request, "donations/donor_reported.html")


def _report_page(request: HttpRequest, gift: Donation, form: GiftReportForm, *, status: int = 200) -> HttpResponse:
    context = {"gift": gift, "form": form, "is_hidden": current().is_on(WALL_HIDDEN)}
    return render(request, "donations/donor_report.html", context, status=status)


def _reference(request: HttpRequest, name: str) -> str:
    """A gift's reference from the address, empty without one. Raises `Http404` for what cannot be one."""
    reference = request.GET.get(name, "")
    if len(reference) > LONGEST_REFERENCE or "\0" in reference:
        raise Http404
    return reference
