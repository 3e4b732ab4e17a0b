"""Pages of the pledge: make it, confirm it, see the wall and one heart, report a heart."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.pages import as_typed, form_page, public_page, switches_language, token_page
from campaigns.models import Campaign
from pledges import limits, wall
from pledges.forms import PledgeForm, ReportForm
from pledges.models import Pledge
from pledges.services import pledging
from pledges.services.reporting import report_heart

TOO_MANY_REQUESTS = 429


@form_page
def pledge(request: HttpRequest, slug: str = Campaign.GLOBAL_SLUG) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.published(), slug=slug)
    if switches_language(request):
        form = PledgeForm(initial=as_typed(PledgeForm.base_fields, request.POST))
        return render(request, "pledges/pledge.html", {"campaign": campaign, "form": form})
    form = PledgeForm(request.POST if request.method == "POST" else None)
    if form.is_from_a_robot:
        return redirect("pledges:check_mail")
    status = 200
    if form.is_valid():
        email = form.cleaned_data["email"]
        if limits.may_pledge(request, email=email):
            pledging.make_pledge(campaign=campaign, email=email, promise=form.promise(), language=page_language())
            return redirect("pledges:check_mail")
        form.add_error(None, _("Many pledges came from your network in the last hour. Please try again in an hour."))
        status = TOO_MANY_REQUESTS
    return render(request, "pledges/pledge.html", {"campaign": campaign, "form": form}, status=status)


@public_page
def check_mail(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has pledged before."""
    return render(request, "pledges/check_mail.html", {"days": pledging.LINK_LASTS.days})


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what will be public; only the button confirms, for mail programs open links before people do."""
    changed = False
    try:
        found = pledging.pledge_behind(token)
        if request.method == "POST" and not switches_language(request):
            confirmed = pledging.confirm_pledge(token=token, seen=request.POST.get("seen", ""))
            return redirect(f"{confirmed.get_absolute_url()}?confirmed=1" if confirmed.is_shown else request.path)
    except pledging.LinkExpiredError:
        return render(request, "pledges/link_expired.html", {"days": pledging.LINK_LASTS.days})
    except pledging.PledgeChangedError:
        changed = True
        found.refresh_from_db()
    context = {"pledge": found, "precepts": found.precepts_in_order(), "seen": pledging.seal(found), "changed": changed}
    return render(request, "pledges/confirm.html", context)


@public_page
def hearts(request: HttpRequest) -> HttpResponse:
    page = wall.page(before=_number(request, "before"), after=_number(request, "after"))
    return render(request, "pledges/hearts.html", {"page": page})


@public_page
def heart(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Pledge.objects.shown().select_related("campaign"), public_id=public_id)
    (shown,) = wall.hearts([found])
    context = {
        "heart": shown,
        "precepts": found.precepts_in_order(),
        "is_new": "confirmed" in request.GET,
    }
    return render(request, "pledges/heart.html", context)


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


def _number(request: HttpRequest, name: str) -> int | None:
    """A heart's number from the address. Raises Http404 for what is no number that a heart can have."""
    value = request.GET.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise Http404
    return int(value)
