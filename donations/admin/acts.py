"""Pages on which one act with money is done: those of `blueheart.admin.acts`, where Stripe may be away."""

from collections.abc import Callable

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from blueheart.admin import acts
from blueheart.admin.acts import ActPage, Button, Words, admin_url, linked, require, staff
from donations.gateway import GatewayError

__all__ = ["AT_STRIPE", "ActPage", "Button", "Words", "admin_url", "answer", "linked", "require", "staff"]

AT_STRIPE = gettext_lazy("Once it is at Stripe, it cannot be undone.")
SILENCES = {GatewayError: gettext_lazy("Stripe cannot be asked just now. Nothing was changed; please try again.")}


def answer(
    page: ActPage, request: HttpRequest, form: forms.Form, *, then: Model | Callable[[], Model] | None = None
) -> HttpResponse:
    """Show the page, or do what was pressed and go on to `then` (else the row); a refusal is shown in the form."""
    return acts.answer(page, request, form, then=then, silences=SILENCES)
