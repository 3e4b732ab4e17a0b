"""What staff type to change a setting, by its kind."""

import datetime as dt
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from blueheart.languages import LANGUAGES, is_rtl, page_language
from blueheart.money import CURRENCIES, LARGEST_MINOR, AmountError, parse_amount
from blueheart.site_settings import declaring
from blueheart.site_settings.changing import LONGEST_WHY
from blueheart.site_settings.declaring import LONGEST_MESSAGE, Amount, Number, Setting, Switch
from donations.amounts import to_typed


class WhyForm(forms.Form):
    """Why something is changed."""

    why = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_WHY,
        help_text=_("It stays in the history. Name no person here."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class ChangeForm(WhyForm):
    """The new value of a setting, beside why. What is typed is looked at when it is about to be set."""

    def __init__(self, *args: Any, setting: Setting, value: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setting = setting
        self.order_fields([name for name in self.fields if name != "why"])

    def value(self) -> Any:
        """The typed value as it is stored. Raises `ValueError`."""
        raise NotImplementedError


class NumberForm(ChangeForm):
    number = forms.IntegerField(label=_("New value"), localize=True)

    def __init__(self, *args: Any, setting: Number, value: int, **kwargs: Any) -> None:
        super().__init__(*args, setting=setting, value=value, **kwargs)
        field = self.fields["number"]
        field.initial = value
        field.help_text = _("From %(least)s to %(most)s.") % {"least": setting.least, "most": setting.most}

    def value(self) -> int:
        return int(self.cleaned_data["number"])


class _Bounds(NamedTuple):
    """A goal may be larger than any single gift."""

    minimum_minor: int = 1
    maximum_minor: int = LARGEST_MINOR


class AmountForm(ChangeForm):
    amount = forms.CharField(label=_("Amount"), max_length=30, required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in sorted(CURRENCIES)])

    def __init__(self, *args: Any, setting: Amount, value: dict[str, Any] | None, **kwargs: Any) -> None:
        super().__init__(*args, setting=setting, value=value, **kwargs)
        self.fields["currency"].initial = value["currency"] if value else "USD"
        if value:
            self.fields["amount"].initial = to_typed(value["amount_minor"], value["currency"], page_language())

    def value(self) -> dict[str, Any] | None:
        typed, currency = self.cleaned_data["amount"], self.cleaned_data["currency"]
        if not typed:
            return None
        try:
            amount_minor = parse_amount(typed, currency, page_language(), limits=_Bounds())
        except AmountError as error:
            raise ValueError(str(error)) from error
        return {"amount_minor": amount_minor, "currency": currency}


class SwitchForm(ChangeForm):
    """Until when the switch is on, and what visitors read meanwhile."""

    until = forms.DateTimeField(
        label=_("Until (UTC)"),
        required=False,
        help_text=_("It turns itself off then. Empty: somebody has to turn it off."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, setting: Switch, value: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, setting=setting, value=value, **kwargs)
        self.fields["until"].initial = declaring.until(value)
        if setting.notice:
            for code, name in LANGUAGES:
                self.fields[_field(code)] = _message(code, name, value.get("message", {}).get(code, ""))
        self.order_fields(["until", *(_field(code) for code, _name in LANGUAGES)])

    def value(self) -> dict[str, Any]:
        until: dt.datetime | None = self.cleaned_data["until"]
        message = {code: self.cleaned_data.get(_field(code), "") for code, _name in LANGUAGES}
        return {"on": True, "until": until and until.isoformat(), "message": message}


def form_for(setting: Setting, value: Any, data: Any) -> ChangeForm:
    """The form that fits the kind of setting, filled in with its value."""
    if isinstance(setting, Switch):
        return SwitchForm(data, setting=setting, value=value)
    if isinstance(setting, Amount):
        return AmountForm(data, setting=setting, value=value)
    assert isinstance(setting, Number)  # noqa: S101  there are three kinds
    return NumberForm(data, setting=setting, value=value)


def _field(code: str) -> str:
    return f"message_{code.replace('-', '_')}"


def _message(code: str, name: str, initial: str) -> forms.CharField:
    direction = "rtl" if is_rtl(code) else "ltr"
    return forms.CharField(
        label=_("What visitors read: %(language)s") % {"language": name},
        required=False,
        max_length=LONGEST_MESSAGE,
        initial=initial,
        help_text=_("Empty: our own sentence in this language."),
        widget=forms.Textarea(attrs={"rows": 2, "lang": code, "dir": direction}),
    )
