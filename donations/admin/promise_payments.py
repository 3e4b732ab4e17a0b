"""Recording what a contributor paid: typed first, then shown with what it settles, which staff may change."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from donations.admin.acts import admin_url, staff
from donations.admin.money import shown_amount
from donations.forms.promised_gifts import PartsForm, PaymentForm
from donations.models import Contributor, Instalment
from donations.services import promise_payments
from donations.services.promise_payments import Allocation, PaymentError, Settles


def record_payment(request: HttpRequest, model_admin: ModelAdmin[Any], contributor: Contributor) -> HttpResponse:
    """First what was received; then what it settles, as suggested, to be changed and confirmed."""
    rows = promise_payments.outstanding_of(contributor)
    form = PaymentForm(_currencies(rows), request.POST or None)
    context = {"contributor_name": contributor.name_in(page_language()), "outstanding": rows, "form": form}
    if form.is_valid():
        try:
            settles = _what_settles(contributor, form)
            parts = _parts_form(request, contributor, form, rows, settles)
            if "confirmed" in request.POST and parts.is_valid():
                return _done(request, contributor, form, parts, settles)
        except PaymentError as error:
            form.add_error(None, str(error))
        else:
            given = form.cleaned_data
            context |= {
                "parts": parts,
                "received": shown_amount(given["amount_minor"], given["currency"]),
                "counts_for": shown_amount(settles.amount_minor, settles.currency),
                "is_exchanged": settles.currency != given["currency"],
            }
    shared = {
        **model_admin.admin_site.each_context(request),
        "opts": contributor._meta,
        "module_name": contributor._meta.verbose_name_plural,
        "object": contributor,
        "title": _("Record a payment"),
    }
    return TemplateResponse(request, "admin/donations/promisepayment/record.html", {**shared, **context})


def _currencies(rows: Sequence[Instalment]) -> list[str]:
    """In which currencies something is outstanding, that of the oldest instalment first."""
    return list(dict.fromkeys(row.promised_gift.currency for row in rows))


def _what_settles(contributor: Contributor, form: PaymentForm) -> Settles:
    given = form.cleaned_data
    return promise_payments.what_settles(
        contributor, given["amount_minor"], given["currency"], given["received_on"], settles=form.settled()
    )


def _parts_form(
    request: HttpRequest, contributor: Contributor, form: PaymentForm, rows: Sequence[Instalment], settles: Settles
) -> PartsForm:
    """The suggestion, or what staff made of it."""
    given = form.cleaned_data
    suggested = promise_payments.suggest_allocation(
        contributor, given["amount_minor"], given["currency"], given["received_on"], settles=settles
    )
    return PartsForm(
        [row for row in rows if row.promised_gift.currency == settles.currency],
        request.POST if "confirmed" in request.POST else None,
        {part.instalment.pk: part.amount_minor for part in suggested if part.instalment},
    )


def _done(
    request: HttpRequest, contributor: Contributor, form: PaymentForm, parts: PartsForm, settles: Settles
) -> HttpResponse:
    given = form.cleaned_data
    allocations: list[Allocation] = promise_payments.divided(
        parts.settled(), given["amount_minor"], settles.amount_minor
    )
    payment = promise_payments.record_payment(
        contributor=contributor,
        method=given["method"],
        amount_minor=given["amount_minor"],
        currency=given["currency"],
        received_on=given["received_on"],
        by=staff(request),
        allocations=allocations,
        reference=given["reference"],
        note=given["note"],
        form_token=given["form_token"],
        request=request,
    )
    messages.success(request, _("The payment is recorded."))
    return HttpResponseRedirect(admin_url(payment))
