"""What staff do in the books by hand: adjust, and reverse an adjustment."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from blueheart.days import utc_today
from donations import ledger
from donations.forms.bookkeeping import AdjustmentForm, ReversalForm, lines_of
from donations.models import LedgerTransaction
from donations.services import bookkeeping


def adjust(request: HttpRequest, model_admin: ModelAdmin[Any]) -> HttpResponse:
    """Post an adjustment of two lines or more; what was typed stays when it cannot be posted."""
    user = _staff(request, "donations.post_adjustment")
    typed = request.POST if request.method == "POST" else None
    form = AdjustmentForm(typed, initial={"form_token": uuid.uuid4(), "happened_on": utc_today()})
    lines = lines_of(typed)
    if typed is not None and form.is_valid() and lines.is_valid():
        asked = form.cleaned_data
        try:
            booked = bookkeeping.post_adjustment(
                lines.postings(),
                happened_on=asked["happened_on"],
                by=user,
                why=asked["why"],
                form_token=asked["form_token"],
                request=request,
            )
        except ledger.UnbalancedError as error:
            form.add_error(None, str(error))
        except bookkeeping.AlreadyPostedError:
            messages.info(request, _("This form was sent before: it is posted once."))
            return redirect("admin:donations_ledgertransaction_changelist")
        else:
            messages.success(request, _("The adjustment is posted."))
            return redirect("admin:donations_ledgertransaction_change", booked.pk)
    context = {"title": _("Post an adjustment"), "form": form, "lines": lines}
    return _answer(request, model_admin, "adjust", context)


def reverse_one(request: HttpRequest, model_admin: ModelAdmin[Any], *, pk: int) -> HttpResponse:
    """Take an adjustment back by its contrary; only what staff posted, and only once."""
    user = _staff(request, "donations.post_adjustment")
    booked = get_object_or_404(LedgerTransaction, pk=pk, purpose=LedgerTransaction.Purpose.ADJUSTMENT)
    form = ReversalForm(request.POST or None)
    if form.is_valid():
        try:
            reversal = bookkeeping.reverse_adjustment(booked, by=user, why=form.cleaned_data["why"], request=request)
        except bookkeeping.AlreadyPostedError:
            form.add_error(None, _("It was reversed before."))
        else:
            messages.success(request, _("The adjustment is reversed."))
            return redirect("admin:donations_ledgertransaction_change", reversal.pk)
    context = {"title": _("Reverse an adjustment"), "form": form, "booked": booked, "entries": booked.entries.all()}
    return _answer(request, model_admin, "reverse", context)


def _staff(request: HttpRequest, permission: str) -> User:
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


def _answer(request: HttpRequest, model_admin: ModelAdmin[Any], page: str, context: dict[str, Any]) -> TemplateResponse:
    shared = {**model_admin.admin_site.each_context(request), "opts": model_admin.model._meta}
    return TemplateResponse(request, f"admin/donations/ledger/{page}.html", {**shared, **context})
