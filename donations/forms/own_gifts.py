"""What donors fill in on their own pages."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.card_numbers import without_card_number
from blueheart.languages import page_language
from blueheart.mail_addresses import OwnMailField
from blueheart.money import AmountError, format_amount, parse_amount
from donations.amounts import to_typed
from donations.forms.public_names import PublicNameFields
from donations.models import Donation, PublicName
from donations.services.donor_gifts import Shown
from donations.services.refunds import Refundable


class AddressForm(forms.Form):
    """Which address the link goes to."""

    email = OwnMailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("The one that you gave with your gift."),
    )


class ShownForm(PublicNameFields):
    """What one gift shows of its donor, filled in with what it shows now."""

    for_the_coming = forms.BooleanField(label=gettext_lazy("The same name for the coming charges, too"), required=False)

    def __init__(self, *args: Any, donation: Donation, **kwargs: Any) -> None:
        kwargs["initial"] = shown_by(donation) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["public_name_kind"].required_otherwise = True  # not marked "(optional)"
        self.donation = donation
        if donation.monthly_gift is None or donation.monthly_gift.has_ended:
            del self.fields["for_the_coming"]

    def clean(self) -> dict[str, Any]:
        """The name field comes filled in: what stands in it untouched was not typed for another choice."""
        said, now = self.cleaned_data, self.donation
        said["receipt_name"] = now.receipt_name
        is_untouched = (
            said.get("public_name") == now.public_name and said.get("public_name_kind") != now.public_name_kind
        )
        is_full = said.get("public_name_kind") == PublicName.FULL and now.receipt_name
        if said.get("public_name_kind") == PublicName.ANONYMOUS or (is_untouched and is_full):
            said["public_name"] = ""
        return super().clean()

    def wish(self) -> Shown:
        """What was asked for, from a valid form."""
        said = self.cleaned_data
        version = said["is_16_or_older"] or None
        shown = {name: said[name] for name in self.PUBLIC} | {"is_16_or_older": bool(version)}
        return Shown(**shown, consent_version=version)


def shown_by(donation: Donation) -> dict[str, Any]:
    """What the gift shows now, as the form's fields."""
    return {name: getattr(donation, name) for name in PublicNameFields.PUBLIC}


@dataclass(frozen=True)
class _AnyAmount:
    """What is more than can be given back is refused by the refund itself, in its own words."""

    minimum_minor: int = 1
    maximum_minor: int = 10**18


class RefundForm(forms.Form):
    """How much a donor wants back, and why if they like to say."""

    amount = forms.CharField(
        label=gettext_lazy("How much shall we give back?"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"}),
        error_messages={"required": gettext_lazy("Please enter an amount.")},
    )
    words = forms.CharField(
        label=gettext_lazy("What happened?"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("You need not say."),
        validators=[without_card_number],
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, *args: Any, left: Refundable, **kwargs: Any) -> None:
        self.left, self.language = left, page_language()
        kwargs["initial"] = {"amount": to_typed(left.left_minor, left.currency, self.language)} | kwargs.get(
            "initial", {}
        )
        super().__init__(*args, **kwargs)
        self.fields["amount"].help_text = _("In %(currency)s, %(most)s at most.") % {
            "currency": left.currency,
            "most": format_amount(left.left_minor, left.currency, self.language),
        }

    def clean_amount(self) -> int:
        try:
            return parse_amount(self.cleaned_data["amount"], self.left.currency, self.language, limits=_AnyAmount())
        except AmountError as error:
            raise forms.ValidationError(str(error)) from error


class EraseForm(forms.Form):
    """The second of two steps."""

    is_understood = forms.BooleanField(
        label=gettext_lazy("I understand that this cannot be undone"),
        error_messages={"required": gettext_lazy("Please tick this box: what is erased cannot be brought back.")},
    )
