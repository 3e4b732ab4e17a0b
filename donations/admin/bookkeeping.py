"""What staff do in the books by hand, each with a permission of its own: adjust, reverse, close a period."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donations import ledger
from donations.forms.bookkeeping import AdjustmentForm, CloseForm, DayForm, ReversalForm, lines_of
from donations.ledger.periods import PeriodError
from donations.models import LedgerTransaction
from donations.services import bookkeeping

MOST = 1000  # counting stops here
STILL_OPEN = {
    "processing": gettext_lazy("Donations that are processing"),
    "quarantined": gettext_lazy("Donations in quarantine"),
    "refunds": gettext_lazy("Refunds under way"),
    "disputes": gettext_lazy("Open disputes"),
    "payouts": gettext_lazy("Payouts under way or not reconciled"),
    "events": gettext_lazy("Stripe events to be processed"),
}


def adjust(request: HttpRequest, model_admin: ModelAdmin[Any]) -> HttpResponse:
    """Post an adjustment of two lines or more; what was typed stays when it cannot be posted."""
    user = _staff(request, "donations.post_adjustment")
    typed = request.POST if request.method == "POST" else None
    form = AdjustmentForm(typed, initial={"form_token": uuid.uuid4(), "happened_on": _today()})
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


def close(request: HttpRequest, model_admin: ModelAdmin[Any]) -> HttpResponse:
    """Choose a day, see what is still open by then, say that it is meant: then it is closed, for good."""
    user = _staff(request, "donations.close_period")
    chosen = DayForm(request.GET or None, initial={"day": _end_of_last_month()})
    day = chosen.cleaned_data["day"] if chosen.is_bound and chosen.is_valid() else None
    typed = request.POST if request.method == "POST" else None
    form = CloseForm(typed, initial={"day": day}) if day or typed is not None else None
    if form and form.is_valid():
        day, asked = form.cleaned_data["day"], form.cleaned_data
        try:
            bookkeeping.close_books(day, by=user, why=asked["why"], request=request)
        except PeriodError:
            form.add_error("day", _("Only a day that is over, after the last one closed, can be closed."))
        else:
            messages.success(request, _("The books are closed through this day."))
            return redirect("admin:donations_closedperiod_changelist")
    context = {
        "title": _("Close a period of the books"),
        "chosen": chosen,
        "form": form,
        "day": day,
        "closed_through": ledger.closed_through(),
        "open": _open(day) if day else [],
    }
    return _answer(request, model_admin, "close", context)


def _open(day: dt.date) -> list[tuple[Any, int, str]]:
    """What has not ended by that day: its name, how many, and their list."""
    found = []
    for each in bookkeeping.still_open(day):
        meta = each.rows.model._meta
        url = f"{reverse(f'admin:{meta.app_label}_{meta.model_name}_changelist')}?{each.query}"
        found.append((STILL_OPEN[each.name], each.rows.order_by()[:MOST].count(), url))
    return found


def _staff(request: HttpRequest, permission: str) -> User:
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


def _today() -> dt.date:
    return timezone.now().astimezone(dt.UTC).date()


def _end_of_last_month() -> dt.date:
    return _today().replace(day=1) - dt.timedelta(days=1)


def _answer(request: HttpRequest, model_admin: ModelAdmin[Any], page: str, context: dict[str, Any]) -> TemplateResponse:
    shared = {**model_admin.admin_site.each_context(request), "opts": model_admin.model._meta}
    return TemplateResponse(request, f"admin/donations/ledger/{page}.html", {**shared, **context})
