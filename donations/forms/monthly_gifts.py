"""What a donor fills in about a gift that is given again and again."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blueheart.languages import page_language
from blueheart.money import AmountError, format_amount, parse_amount
from donations.amounts import to_typed
from donations.models import GivingCurrency, MonthlyGift, MonthlyGiftChange

OPEN_END = "open"
Feedback = MonthlyGiftChange.Feedback


class ChangeForm(forms.Form):
    """A form that changes something once, however often it is sent: by its token."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, gift: MonthlyGift, **kwargs: Any) -> None:
        kwargs["initial"] = {"form_token": uuid.uuid4()} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.gift = gift

    def begin_anew(self) -> None:
        """Give out another token with all that was typed: Stripe repeats a refusal to the old one."""
        self.data = {**self.data, "form_token": str(uuid.uuid4())}


class AmountForm(ChangeForm):
    """Another amount; what is typed wrongly is explained in the donor's language."""

    amount = forms.CharField(
        label=gettext_lazy("How much shall it be?"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Please enter an amount.")},
    )

    def __init__(self, *args: Any, gift: MonthlyGift, **kwargs: Any) -> None:
        self.language = page_language()
        now = {"amount": to_typed(gift.amount_minor, gift.currency, self.language)}
        kwargs["initial"] = now | kwargs.get("initial", {})
        super().__init__(*args, gift=gift, **kwargs)
        self.limits = GivingCurrency.objects.filter(currency=gift.currency).first()
        least = self.limits and format_amount(self.limits.minimum_minor, gift.currency, self.language)
        if least:
            self.fields["amount"].help_text = _("In %(currency)s, %(least)s at least.") % {
                "currency": gift.currency,
                "least": least,
            }

    def clean_amount(self) -> int:
        typed = self.cleaned_data["amount"]
        try:
            amount_minor = parse_amount(typed, self.gift.currency, self.language, limits=self.limits)
        except AmountError as error:
            raise forms.ValidationError(str(error)) from error
        if amount_minor == self.gift.amount_minor:
            raise forms.ValidationError(_("That is what you give now."))
        return amount_minor


class PauseForm(ChangeForm):
    """How long nothing is charged."""

    length = forms.ChoiceField(
        label=gettext_lazy("How long?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose how long.")},
    )

    def __init__(self, *args: Any, gift: MonthlyGift, ends: dict[int, dt.datetime], **kwargs: Any) -> None:
        super().__init__(*args, gift=gift, **kwargs)
        self.ends = {str(months): end for months, end in ends.items()}
        lengths = [(str(months), _length(months, end)) for months, end in ends.items()]
        self.fields["length"].choices = [*lengths, (OPEN_END, _("Until I let it go on"))]  # type: ignore[attr-defined]

    def resumes_at(self) -> dt.datetime | None:
        """When the pause ends, from a valid form; None for one without an end."""
        return self.ends.get(self.cleaned_data["length"])


def _length(months: int, end: dt.datetime) -> str:
    words = ngettext("%(months)d month, until %(day)s", "%(months)d months, until %(day)s", months)
    return words % {"months": months, "day": date_format(end, "DATE_FORMAT")}


class EndForm(ChangeForm):
    """The end, and why if the donor likes to say."""

    feedback = forms.ChoiceField(
        label=gettext_lazy("Would you tell us why?"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (each.value, each.label)
            for each in (
                Feedback.TOO_EXPENSIVE,
                Feedback.UNUSED,
                Feedback.SWITCHED_SERVICE,
                Feedback.CUSTOMER_SERVICE,
                Feedback.OTHER,
            )
        ],
    )
