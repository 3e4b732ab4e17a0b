"""Making a pledge."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.limits.addresses import client_address
from blueheart.pages import as_typed, form_page, public_page, switches_language
from campaigns.models import Campaign
from pledges import limits
from pledges.forms import PledgeForm
from pledges.services import confirming, pledging

TOO_MANY_REQUESTS = 429


@form_page
def pledge(request: HttpRequest, slug: str = Campaign.GLOBAL_SLUG) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.published(), slug=slug)
    if switches_language(request):
        form = PledgeForm(initial=as_typed(PledgeForm.base_fields, request.POST), campaign=campaign)
        return render(request, "pledges/pledge.html", {"campaign": campaign, "form": form})
    form = PledgeForm(request.POST if request.method == "POST" else None, campaign=campaign)
    if form.is_from_a_robot:
        return redirect("pledges:check_mail")
    status = 200
    if form.is_valid():
        email = form.cleaned_data["email"]
        verdict = limits.judge(request, email=email)
        if not verdict.is_refused:
            pledging.make_pledge(
                campaign=campaign,
                email=email,
                promise=form.promise(),
                language=page_language(),
                source_ip=client_address(request) or None,
                suspicion=verdict.suspicion,
            )
            return redirect("pledges:check_mail")
        form.add_error(None, _("Many pledges came from your network in the last hour. Please try again in an hour."))
        status = TOO_MANY_REQUESTS
    return render(request, "pledges/pledge.html", {"campaign": campaign, "form": form}, status=status)


@public_page
def check_mail(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has pledged before."""
    return render(request, "pledges/check_mail.html", {"days": confirming.LINK_LASTS.days})
