"""What a donor may ask of us about themselves: everything that we keep, or to be forgotten."""

import io
import json
import zipfile

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.pages import as_typed, switches_language
from donations.forms.own_gifts import EraseForm
from donations.messages.giving import farewell
from donations.services.privacy import ErasureHeldError, erase_subject, kept_receipts, running_gifts
from donations.services.subject_data import as_json, subject_parts
from donations.views.giving import DOOR, DonorRequest, donor_page


@donor_page
def giving_privacy(request: DonorRequest) -> HttpResponse:
    return render(request, "donations/giving/privacy.html")


@donor_page
def giving_download(request: DonorRequest) -> HttpResponse:
    """All that we keep, in one file: a page to read, and the same for programs."""
    if request.method != "POST" or switches_language(request):
        return redirect("donations:giving_privacy")
    parts = subject_parts(request.donor)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("data.json", json.dumps(as_json(parts), ensure_ascii=False, indent=2))
        page = render_to_string("donations/giving/data.html", {"parts": parts, "now": timezone.now()}, request)
        files.writestr("data.html", page)
    response = HttpResponse(packed.getvalue(), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="blue-heart-data.zip"'
    return response


@donor_page
def giving_erase(request: DonorRequest) -> HttpResponse:
    """The second step: what goes, what stays, and the button."""
    if request.method != "POST" or switches_language(request):
        initial = as_typed(EraseForm.base_fields, request.POST) if request.method == "POST" else {}
        return _erase_page(request, EraseForm(initial=initial))
    form = EraseForm(request.POST)
    if not form.is_valid():
        return _erase_page(request, form)
    address, language = request.donor.email, request.donor.language
    try:
        kept = erase_subject(request.donor)
    except ErasureHeldError:
        form.add_error(
            None, _("Stripe cannot be asked to end your gifts at the moment. Please try again in some minutes.")
        )
        return _erase_page(request, form, status=503)
    farewell(address, language=language, kept=kept)
    return DOOR.forget(render(request, "donations/giving/erased.html", {"kept": kept}))


def _erase_page(request: DonorRequest, form: EraseForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "kept": kept_receipts(request.donor), "running": running_gifts(request.donor)}
    return render(request, "donations/giving/erase.html", context, status=status)
