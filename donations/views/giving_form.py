"""The gift's two pages: the form that leads to Stripe's pay page, and the one that visitors come back to."""

import re
import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.limits import form_age
from blueheart.limits.addresses import client_address
from blueheart.limits.counting import spend
from blueheart.pages import form_page, switches_language, token_page
from blueheart.site_settings.reading import Notice, current
from blueheart.site_settings.switches import STRICT_MODE
from campaigns.models import Campaign
from donations.forms import SHOW, DonationForm, initial_from, initial_from_unsent, offered_currencies
from donations.gateway import GatewayError
from donations.models import Donation, GivingCurrency
from donations.services import AlreadyGivenError, PageClosedError, TooManyGiftsError, fulfil_checkout, start_donation
from donations.services.fulfilment import UnknownDonationError
from donations.site_settings import GIFTS_STOPPED

SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}")
SESSION = re.compile(r"cs_test_[A-Za-z0-9]{1,200}")
LOOKS, LOOKS_SECONDS = 30, 600

# What the page says in each state of a donation.
SHOWN_STATES = {
    Donation.Status.NOT_STARTED: "open",
    Donation.Status.PENDING: "open",
    Donation.Status.PROCESSING: "processing",
    Donation.Status.SUCCEEDED: "confirmed",
    Donation.Status.FAILED: "failed",
    Donation.Status.EXPIRED: "expired",
    Donation.Status.QUARANTINED: "checked",
}


@form_page
def donate(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.published(), slug=slug) if slug else None
    offered = offered_currencies()
    if not offered:
        return render(request, "donations/donate_closed.html", {"campaign": campaign}, status=503)
    if stopped := current().notice(GIFTS_STOPPED):
        return _stopped(request, campaign, offered, stopped)
    if request.method != "POST":
        campaign = campaign or _named_campaign(request.GET.get("campaign", ""))
        initial = initial_from(request.GET, campaign=campaign, offered=offered, language=page_language())
        return _form_page(request, DonationForm(initial=initial, offered=offered), campaign)
    if SHOW in request.POST or switches_language(request):
        initial = initial_from_unsent(request.POST, offered=offered)
        return _form_page(request, DonationForm(initial=initial, offered=offered), campaign)
    form = DonationForm(request.POST, offered=offered)
    if not form.is_valid():
        return _form_page(request, form, campaign)
    if current().is_on(STRICT_MODE) and _is_odd_age(request, form):
        return _form_page(request, form, campaign)
    if form.wants_a_look:
        return _form_page(request, form, campaign, looks_once_more=True)
    return _begin(request, form, campaign)


def _is_odd_age(request: HttpRequest, form: DonationForm) -> bool:
    """Whether the form was sent too soon or too late, and says so now."""
    try:
        form_age.check(request.POST.get("shown", ""), quickest=current().least_age(form_age.QUICKEST_SECONDS))
    except form_age.FormAgeError as error:
        form.add_error(None, str(error))
        return True
    return False


def _stopped(
    request: HttpRequest, campaign: Campaign | None, offered: dict[str, GivingCurrency], stopped: Notice
) -> HttpResponse:
    """Say so; who was filling the form in keeps what they typed, to be sent when gifts are taken again."""
    if request.method != "POST":
        return render(request, "donations/stopped.html", {"campaign": campaign, "stopped": stopped}, status=503)
    form = DonationForm(initial=initial_from_unsent(request.POST, offered=offered), offered=offered)
    return _form_page(request, form, campaign, status=503, stopped=stopped)


def _named_campaign(slug: str) -> Campaign | None:
    """The campaign of `?campaign=`; None where the link is wrong."""
    return Campaign.objects.published().filter(slug=slug).first() if SLUG.fullmatch(slug) else None


def _begin(request: HttpRequest, form: DonationForm, campaign: Campaign | None) -> HttpResponse:
    """Lead the donor to the pay page, or say why not with all that was typed."""
    token: uuid.UUID = form.cleaned_data["form_token"]
    # The secret of Django's CSRF cookie: this browser and no other has it, and the form's page has set it.
    browser = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    try:
        return redirect(start_donation(form.wish(), form_token=token, address=client_address(request), browser=browser))
    except GatewayError:
        form.add_error(None, _("Payments are unavailable. Nothing was charged."))
        return _form_page(request, form, campaign, status=503)
    except TooManyGiftsError as error:
        form.add_error(None, str(error))
        page = _form_page(request, form, campaign, status=429)
        page.headers["Retry-After"] = str(error.retry_after)
        return page
    except (AlreadyGivenError, PageClosedError) as error:
        form.add_error(None, str(error))
        form.renew()
        return _form_page(request, form, campaign)


def _form_page(
    request: HttpRequest,
    form: DonationForm,
    campaign: Campaign | None,
    *,
    status: int = 200,
    looks_once_more: bool = False,
    stopped: Notice | None = None,
) -> HttpResponse:
    left = request.method == "GET" and "left" in request.GET
    context = {
        "form": form,
        "campaign": campaign,
        "left": left,
        "looks_once_more": looks_once_more,
        "stopped": stopped,
        "stamp": form_age.kept(request.POST.get("shown", "")),
    }
    return render(request, "donations/donate.html", context, status=status)


@token_page
def thanks(request: HttpRequest) -> HttpResponse:
    """Where Stripe sends the donor back to: says what Stripe says now, and books it if the webhook has not yet."""
    session_id = request.GET.get("session", "")
    if not SESSION.fullmatch(session_id):
        raise Http404
    donation = get_object_or_404(Donation.objects.select_related("campaign"), stripe_checkout_session_id=session_id)
    state = SHOWN_STATES[Donation.Status(donation.status)]
    if donation.is_open and spend("thanks", session_id, limit=LOOKS, seconds=LOOKS_SECONDS):
        try:
            donation = fulfil_checkout(session_id)
            state = SHOWN_STATES[Donation.Status(donation.status)]
        except (GatewayError, UnknownDonationError):
            state = "processing"  # Stripe knows, and the worker will hear of it
    return render(request, "donations/thanks.html", {"donation": donation, "state": state})
