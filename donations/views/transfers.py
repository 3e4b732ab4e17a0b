"""Giving by bank transfer: where to, and with which reference, which is mailed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.limits.addresses import client_address, subnet
from blueheart.pages import as_typed, form_page, public_page, switches_language
from blueheart.site_settings.reading import Notice, current
from donations.forms.transfers import InstructionsForm
from donations.models import BankAccount
from donations.services.transfer_references import (
    TooManyInstructionsError,
    known_reference,
    mail_instructions,
    reference_of,
)
from donations.site_settings import GIFTS_STOPPED
from donations.views.giving import DonorRequest, donor_page

TOO_MANY_REQUESTS, STOPPED = 429, 503


@form_page
def donate_by_bank(request: HttpRequest) -> HttpResponse:
    """Say how to give by bank transfer. The answer is the same for every address."""
    if stopped := current().notice(GIFTS_STOPPED):
        return _stopped(request, stopped)
    if request.method != "POST" or switches_language(request):
        typed = as_typed(InstructionsForm.base_fields, request.POST) if request.method == "POST" else {}
        return _page(request, InstructionsForm(initial=typed | {"language": page_language()}))
    form = InstructionsForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    said = form.cleaned_data
    try:
        mail_instructions(email=said["email"], language=said["language"], network=subnet(client_address(request)))
    except TooManyInstructionsError:
        form.add_error(None, _("The instructions were asked for several times. Please try again in an hour."))
        return _page(request, form, status=TOO_MANY_REQUESTS)
    return redirect("donations:donate_by_bank_sent")


def _stopped(request: HttpRequest, stopped: Notice) -> HttpResponse:
    if request.method != "POST":
        return render(request, "donations/stopped.html", {"stopped": stopped}, status=STOPPED)
    form = InstructionsForm(initial=as_typed(InstructionsForm.base_fields, request.POST))
    return _page(request, form, status=STOPPED, stopped=stopped)


@public_page(numbers=False)
def donate_by_bank_sent(request: HttpRequest) -> HttpResponse:
    """The same page for everyone: it tells nobody who has given."""
    return render(request, "donations/by_bank_sent.html")


@donor_page
def giving_by_bank(request: DonorRequest) -> HttpResponse:
    """The donor's own reference and the accounts; the reference is made when its donor asks for it."""
    if stopped := current().notice(GIFTS_STOPPED):
        return render(request, "donations/stopped.html", {"stopped": stopped}, status=STOPPED)
    if request.method == "POST" and not switches_language(request):
        reference_of(request.donor)
        return redirect("donations:giving_by_bank")
    context = {"reference": known_reference(request.donor), "accounts": BankAccount.objects.filter(is_shown=True)}
    return render(request, "donations/giving/by_bank.html", context)


def _page(
    request: HttpRequest, form: InstructionsForm, *, status: int = 200, stopped: Notice | None = None
) -> HttpResponse:
    context = {"form": form, "stopped": stopped, "accounts": BankAccount.objects.filter(is_shown=True)}
    return render(request, "donations/by_bank.html", context, status=status)
