"""A donor's own gifts: the list, one gift, what it shows, and the wish to have it back."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from blueheart.pages import as_typed, switches_language
from donations.forms.own_gifts import RefundForm, ShownForm
from donations.models import Donation, MonthlyGift
from donations.receipts import years_of
from donations.services.donor_gifts import OwnGift, change_what_is_shown, gift_of, gifts_of
from donations.services.refund_requests import ask_for_refund_by_donor
from donations.services.refunds import RefundError, refundable
from donations.views.giving import DonorRequest, donor_page

LONGEST_ID = 16


@donor_page
def giving_home(request: DonorRequest) -> HttpResponse:
    donor = request.donor
    before = request.GET.get("before", "")
    if len(before) > LONGEST_ID or "\x00" in before:
        raise Http404
    repeated = donor.monthlygifts.exclude(status=MonthlyGift.Status.INCOMPLETE_EXPIRED).select_related("campaign")
    context = {
        "page": gifts_of(donor, before=before),
        "is_first_page": not before,
        "monthly_gifts": sorted(repeated, key=lambda monthly_gift: monthly_gift.has_ended),
        "years": years_of(donor),
    }
    return render(request, "donations/giving/home.html", context)


@donor_page
def giving_gift(request: DonorRequest, public_id: str) -> HttpResponse:
    context = {"gift": _gift(request, public_id), "said": request.GET.get("done", "")}
    return render(request, "donations/giving/gift.html", context)


@donor_page
def giving_shown(request: DonorRequest, public_id: str) -> HttpResponse:
    """What the gift shows of its donor."""
    gift = _gift(request, public_id)
    donation = gift.donation
    if request.method != "POST" or switches_language(request):
        initial = as_typed(ShownForm.base_fields, request.POST) if request.method == "POST" else {}
        return _form_page(request, "shown", ShownForm(donation=donation, initial=initial), gift)
    form = ShownForm(request.POST, donation=donation)
    if not form.is_valid():
        return _form_page(request, "shown", form, gift)
    change_what_is_shown(donation, form.wish(), for_the_coming=form.cleaned_data.get("for_the_coming", False))
    return _to_gift(donation, "shown")


@donor_page
def giving_refund(request: DonorRequest, public_id: str) -> HttpResponse:
    """Ask to have the gift back, or a part of it: staff answer by mail."""
    gift = _gift(request, public_id)
    if not gift.may_ask_for_refund:
        return redirect("donations:giving_gift", public_id)
    try:
        left = refundable(gift.donation)
    except RefundError:
        return redirect("donations:giving_gift", public_id)
    if request.method != "POST" or switches_language(request):
        initial = as_typed(RefundForm.base_fields, request.POST) if request.method == "POST" else {}
        return _form_page(request, "refund", RefundForm(left=left, initial=initial), gift)
    form = RefundForm(request.POST, left=left)
    if form.is_valid():
        try:
            said = form.cleaned_data
            ask_for_refund_by_donor(gift.donation, amount_minor=said["amount"], words=said["words"])
        except RefundError as error:
            form.add_error("amount", str(error))
        else:
            return _to_gift(gift.donation, "refund")
    return _form_page(request, "refund", form, gift)


def _gift(request: DonorRequest, public_id: str) -> OwnGift:
    try:
        return gift_of(request.donor, public_id)
    except Donation.DoesNotExist as error:
        raise Http404(_("There is no such gift.")) from error


def _to_gift(donation: Donation, done: str) -> HttpResponse:
    response = redirect("donations:giving_gift", donation.public_id)
    response["Location"] += f"?done={done}"
    return response


def _form_page(request: DonorRequest, name: str, form: Any, gift: OwnGift) -> HttpResponse:
    return render(request, f"donations/giving/{name}.html", {"form": form, "gift": gift})
