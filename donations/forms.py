import re
import uuid
from typing import Any

from babel.numbers import get_currency_name
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import names
from blueheart.languages import babel_locale, page_language
from blueheart.money import CURRENCIES, DEFAULT_CURRENCY, AmountError, format_amount, parse_amount, retype_amount
from blueheart.pages import as_typed, language_typed_in
from campaigns.models import Campaign
from donations.amounts import from_plain, to_typed
from donations.models import Donation
from donations.services import Wish

OTHER = "other"
SHOW = "show_currency"
# What a mail program turns into a link: the thank-you mail greets by this name, whoever's address was typed beside it.
LINK = re.compile(r"://|@|\bwww\b|\w[.]\w{2,}", re.IGNORECASE)


class DonationForm(forms.Form):
    """What a donor tells us before paying. The suggested amounts are those of one currency.

    Where another currency was chosen than the one whose amounts were shown, an amount picked from those is not taken:
    25 dollars are not 25 yen.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    shown_currency = forms.CharField(widget=forms.HiddenInput, required=False)
    interval = forms.ChoiceField(
        label=gettext_lazy("How often?"),
        choices=[("once", gettext_lazy("Once")), ("month", gettext_lazy("Every month"))],
        widget=forms.RadioSelect,
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=[(code, code) for code in CURRENCIES])
    preset = forms.ChoiceField(label=gettext_lazy("How much?"), required=False, widget=forms.RadioSelect)
    amount = forms.CharField(
        label=gettext_lazy("Other amount"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "transaction-amount", "dir": "ltr"}),
    )
    campaign: "forms.ModelChoiceField[Campaign]" = forms.ModelChoiceField(
        Campaign.objects.none(),
        label=gettext_lazy("What for?"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("The Trust Fund in general"),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("For the receipt. It is never shown."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Please enter your e-mail address.")},
    )
    receipt_name = forms.CharField(
        label=gettext_lazy("Your name, for the receipt"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("It is never shown."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    public_name = forms.CharField(
        label=gettext_lazy("Public name"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Leave this empty to give anonymously. With a name, we may thank you by it in public."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "dir": "auto"}),
    )
    is_16_or_older = forms.BooleanField(
        label=gettext_lazy("I am 16 or older"),
        required=False,
        help_text=gettext_lazy("Needed for a public name."),
    )

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        self.language = page_language()
        initial = kwargs.get("initial") or {}
        chosen = (data if data is not None else initial).get("currency")
        self.shown = chosen if chosen in CURRENCIES else DEFAULT_CURRENCY
        shown_before = data.get("shown_currency") if data is not None else self.shown
        self.other_was_shown = shown_before != self.shown
        if data is not None:
            data = data.copy()
            data["shown_currency"] = self.shown
            if self.other_was_shown:
                data["preset"] = OTHER if data.get("amount", "").strip() else ""
        super().__init__(data, **kwargs)
        self.fields["currency"].choices = self._currency_choices()  # type: ignore[attr-defined]
        self.fields["preset"].choices = self._preset_choices()  # type: ignore[attr-defined]
        self.fields["preset"].required_otherwise = True  # type: ignore[attr-defined]  # not marked "(optional)"
        self.fields["campaign"].queryset = Campaign.objects.published()  # type: ignore[attr-defined]
        self.fields["amount"].help_text = _("In %(currency)s.") % {"currency": self.shown}

    def renew(self) -> None:
        """Give the filled form a token of its own: sent once more, it is a gift of its own."""
        self.data = {name: self.data[name] for name in self.data} | {"form_token": str(uuid.uuid4())}

    def clean_receipt_name(self) -> str:
        name = names.normalise(self.cleaned_data["receipt_name"])
        if LINK.search(name):
            raise forms.ValidationError(
                _("Please write the name without a web or mail address. After a full stop, leave a space.")
            )
        return name

    def clean_public_name(self) -> str:
        name = str(self.cleaned_data["public_name"])
        if not name.strip():
            return ""
        try:
            return names.check(name)
        except names.NameRefusedError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("public_name") and not cleaned.get("is_16_or_older"):
            self.add_error("is_16_or_older", _("To show a name you must be 16 or older. You can give anonymously."))
        if "currency" in cleaned and not {"preset", "amount"} & set(self.errors):
            self._clean_amount(cleaned)
        return cleaned

    def wish(self) -> Wish:
        """What was asked for, from a valid form."""
        said = self.cleaned_data
        return Wish(
            amount_minor=said["amount_minor"],
            currency=said["currency"],
            interval=said["interval"],
            campaign=said["campaign"],
            email=said["email"],
            receipt_name=said["receipt_name"],
            public_name=said["public_name"],
            is_16_or_older=said["is_16_or_older"],
            language=self.language,
        )

    def _clean_amount(self, cleaned: dict[str, Any]) -> None:
        preset, typed = cleaned.get("preset", ""), cleaned.get("amount", "").strip()
        picked = int(preset) if preset not in ("", OTHER) else None
        if not typed:
            if picked:
                cleaned["amount_minor"] = picked
            elif self.other_was_shown:
                self.add_error("preset", _("Please choose the amount in %(currency)s.") % {"currency": self.shown})
            else:
                self.add_error("preset", _("Please choose an amount, or type another one."))
            return
        try:
            amount_minor = parse_amount(typed, self.shown, self.language)
        except AmountError as error:
            self.add_error("amount", str(error))
            return
        if picked and picked != amount_minor:
            self.add_error("preset", _("You chose one amount and typed another. Please keep one of them."))
        cleaned["amount_minor"] = amount_minor

    def _currency_choices(self) -> list[tuple[str, str]]:
        locale = babel_locale(self.language)
        return [(code, f"{code} – {get_currency_name(code, locale=locale)}") for code in CURRENCIES]

    def _preset_choices(self) -> list[tuple[str, str]]:
        presets = CURRENCIES[self.shown].presets_minor
        named = [(str(amount), format_amount(amount, self.shown, self.language)) for amount in presets]
        return [*named, (OTHER, _("Another amount"))]


def initial_from(query: QueryDict, *, campaign: Campaign | None, language: str) -> dict[str, Any]:
    """What a link such as `?amount=50&currency=EUR&interval=month` fills in; what it says wrongly is left out.

    `form` brings back a form that already led to a pay page.
    """
    currency = query.get("currency", "").upper()
    currency = currency if currency in CURRENCIES else DEFAULT_CURRENCY
    interval = query.get("interval", "")
    initial: dict[str, Any] = {
        "form_token": _token(query.get("form", "")),
        "currency": currency,
        "shown_currency": currency,
        "interval": interval if interval in Donation.Interval.values else "once",
        "campaign": campaign.slug if campaign else None,
    }
    amount_minor = from_plain(query.get("amount", ""), currency)
    if amount_minor in CURRENCIES[currency].presets_minor:
        initial["preset"] = str(amount_minor)
    elif amount_minor is not None:
        initial |= {"preset": OTHER, "amount": to_typed(amount_minor, currency, language)}
    return initial


def initial_from_unsent(data: QueryDict) -> dict[str, Any]:
    """What was typed so far, for showing the form in another currency or language without finding fault with it."""
    typed = as_typed(DonationForm.base_fields, data)
    typed["form_token"] = _token(data.get("form_token", ""))
    typed["shown_currency"] = currency = data.get("currency", "")
    if switched_from := language_typed_in(data):
        language = page_language()
        typed["amount"] = retype_amount(data.get("amount", ""), currency, typed_in=switched_from, language=language)
    if data.get("shown_currency") != data.get("currency"):
        typed["preset"] = OTHER if data.get("amount", "").strip() else ""
    return typed


def _token(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())
