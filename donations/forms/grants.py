"""What staff type about grants: organisations, proposals, payments, and money that came back."""

import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.days import utc_today
from blueheart.languages import LANGUAGES, countries, page_language
from blueheart.money import DEFAULT_CURRENCY
from donations.amounts import to_typed
from donations.forms.typed import ANY_CURRENCY, day_field, read_amount
from donations.models import Grant, Organisation
from donations.services.grants import GrantMoney


class CountryField(forms.ChoiceField):
    """Any country, by its name in the reader's language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=lambda: [("", "–"), *countries(page_language())], **options)


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    country = CountryField(label=gettext_lazy("Country"))
    website = forms.URLField(label=gettext_lazy("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Organisation
        fields = ("name", "country", "is_public", "website", "contact_name", "contact_email", "note")
        widgets = {"note": forms.Textarea({"rows": 3})}


class ProposalForm(forms.Form):
    """A grant as two persons will see it before they sign."""

    purpose = forms.CharField(label=gettext_lazy("Purpose"), max_length=200)
    language = forms.ChoiceField(label=gettext_lazy("Language of the purpose"), choices=LANGUAGES)
    country = CountryField(label=gettext_lazy("Country of the work"))
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=ANY_CURRENCY)
    starts_on = day_field(gettext_lazy("From"))
    ends_on = day_field(gettext_lazy("Until"))
    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("For the two persons who sign. Name nobody."),
    )  # fmt: skip
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, organisation: Organisation, given: QueryDict | None) -> None:
        initial = {
            "language": page_language(), "country": organisation.country, "currency": DEFAULT_CURRENCY,
            "form_token": uuid.uuid4(),
        }  # fmt: skip
        super().__init__(given, initial=initial)
        self.fields["purpose"].help_text = (
            _("One sentence, shown in public.")
            if organisation.is_public
            else _("One sentence, shown in public. This organisation is not named there: say nothing that leads to it.")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"amount", "currency"} <= cleaned.keys():
            try:
                cleaned["amount_minor"] = read_amount(cleaned["amount"], cleaned["currency"])
            except forms.ValidationError as error:
                self.add_error("amount", error)
        return cleaned

    def proposal(self) -> dict[str, Any]:
        """What the service is asked for."""
        return {name: value for name, value in self.cleaned_data.items() if name != "amount"}


class PaymentForm(forms.Form):
    """What counts towards the grant, and what the bank moved where that is another currency."""

    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    moved_currency = forms.ChoiceField(label=gettext_lazy("Currency of our bank account"), choices=ANY_CURRENCY)
    moved = forms.CharField(
        label=gettext_lazy("Moved by our bank"), max_length=40, required=False,
        help_text=gettext_lazy("Only where the account has another currency than the grant."),
    )  # fmt: skip
    happened_on = day_field(gettext_lazy("Day"))
    reference = forms.CharField(label=gettext_lazy("Reference of the bank"), max_length=140, required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, grant: Grant, given: QueryDict | None, *, most_minor: int) -> None:
        self.grant = grant
        initial = {
            "amount": to_typed(most_minor, grant.currency, page_language()), "moved_currency": grant.currency,
            "happened_on": utc_today(), "form_token": uuid.uuid4(),
        }  # fmt: skip
        super().__init__(given, initial=initial)
        self.fields["amount"].help_text = grant.currency

    def clean_amount(self) -> int:
        """The minor units, in the grant's currency."""
        return read_amount(self.cleaned_data["amount"], self.grant.currency)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"amount", "moved_currency", "moved"} <= cleaned.keys():
            try:
                cleaned["moved_minor"] = self._moved(cleaned)
            except forms.ValidationError as error:
                self.add_error("moved", error)
        return cleaned

    def _moved(self, cleaned: dict[str, Any]) -> int:
        if cleaned["moved"]:
            return read_amount(cleaned["moved"], cleaned["moved_currency"])
        if cleaned["moved_currency"] != self.grant.currency:
            raise forms.ValidationError(_("Please say what our bank moved, in its account’s currency."))
        same: int = cleaned["amount"]
        return same

    def payment(self) -> dict[str, Any]:
        """What the service is asked for."""
        names = ("moved_minor", "moved_currency", "happened_on", "reference", "form_token")
        return {"amount_minor": self.cleaned_data["amount"]} | {name: self.cleaned_data[name] for name in names}


class ReturnForm(PaymentForm):
    """The same for money that came back, and why it did."""

    why = forms.CharField(
        label=gettext_lazy("Why it came back"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("It stays with the posting. Name nobody."),
    )  # fmt: skip

    def payment(self) -> dict[str, Any]:
        return super().payment() | {"why": self.cleaned_data["why"]}


def payment_form(grant: Grant, given: QueryDict | None, money: GrantMoney) -> PaymentForm:
    """With what is left to be paid filled in."""
    return PaymentForm(grant, given, most_minor=max(money.left_minor, 0))


def return_form(grant: Grant, given: QueryDict | None, money: GrantMoney) -> ReturnForm:
    """With all that the organisation has filled in."""
    return ReturnForm(grant, given, most_minor=money.kept_minor)
