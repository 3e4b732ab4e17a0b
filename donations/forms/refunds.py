"""What staff fill in to give money back, or to answer who asks for it."""

import re
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from blueheart.languages import page_language
from blueheart.money import LARGEST_MINOR, AmountError, parse_amount
from donations.amounts import to_typed
from donations.models import Refund
from donations.models.donors import PUBLIC_ID_LENGTH, PUBLIC_ID_LETTERS, new_public_id
from donations.services.refunds import Refundable

TOKEN = re.compile(f"[{PUBLIC_ID_LETTERS}]{{{PUBLIC_ID_LENGTH}}}")


@dataclass(frozen=True)
class _AnyAmount:
    """The service says how much is left; no limit of gifts counts here."""

    minimum_minor: int = 0
    maximum_minor: int = LARGEST_MINOR


class AmountForm(forms.Form):
    """An amount of what is left of a gift, in the currency it was paid in, typed in the reader's language."""

    amount = forms.CharField(label=_("Amount"), max_length=40)

    def __init__(self, left: Refundable, given: QueryDict | None, *, amount_minor: int | None = None) -> None:
        self.left = left
        shown = left.left_minor if amount_minor is None else amount_minor
        typed = to_typed(max(shown, 0), left.currency, page_language())
        super().__init__(given, initial={"amount": typed, "public_id": new_public_id()})
        self.fields["amount"].help_text = left.currency

    def clean_amount(self) -> int:
        """The minor units that were meant."""
        try:
            return parse_amount(self.cleaned_data["amount"], self.left.currency, page_language(), limits=_AnyAmount())
        except AmountError as error:
            raise ValidationError(str(error)) from error


class RefundForm(AmountForm):
    """How much to refund, and why. Its `public_id` makes one refund of one form, however often it is sent."""

    stripe_reason = forms.ChoiceField(
        label=_("Reason for Stripe"), choices=[("", _("none of these")), *Refund.Reason.choices], required=False
    )
    why = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the second person and the trail. Name nobody."),
    )
    public_id = forms.CharField(widget=forms.HiddenInput)

    def clean_public_id(self) -> str:
        """The token of the form, if it is one of ours."""
        token: str = self.cleaned_data["public_id"]
        if not TOKEN.fullmatch(token):
            raise ValidationError(_("Please open the form again."))
        return token


class WhyForm(forms.Form):
    """A reason for the trail."""

    why = forms.CharField(
        label=_("Why"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Wanted where you say no or call off."),
    )  # fmt: skip


class AnswerForm(AmountForm):
    """How much a donor gets back, and what we write."""

    answer = forms.CharField(
        label=_("Our answer"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It is mailed to the donor; wanted where you decline."),
    )
