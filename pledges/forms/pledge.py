"""What a supporter fills in: a person here, organisations and authorities in `bodies`."""

import re
import secrets
from collections.abc import Callable, Collection, Container, Iterator
from typing import Any, ClassVar, cast

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blueheart.languages import countries, country_codes, page_language
from blueheart.lately import lately
from blueheart.mail_addresses import OwnMailField
from campaigns.models import Campaign
from campaigns.templatetags.content import translated
from pledges.forms.guarded import GuardedForm
from pledges.forms.public_names import PublicNameFields, WordsField
from pledges.models import Pledge, PreceptWording
from pledges.services.pledging import Promise

WHAT, WHO, CHECK = "what", "who", "check"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


Choices = list[tuple[str, Any]] | Callable[[], list[tuple[str, Any]]]


@lately
def offered(campaign: Campaign) -> dict[str, PreceptWording]:
    """The wordings that supporters of the campaign can choose, by their ids as forms send them."""
    return {str(wording.pk): wording for wording in PreceptWording.objects.offered(campaign)}


def country_choices() -> list[tuple[str, Any]]:
    """All countries in the page's language, under the words that ask for one."""
    return [("", _("Choose a country")), *countries(page_language())]


class CountryField(forms.ChoiceField):
    """A country by its code, known without its name."""

    def valid_value(self, value: str) -> bool:
        return value in country_codes()


class PreceptsField(forms.MultipleChoiceField):
    """Precepts by the ids of their wordings, known without their words."""

    known: Container[str] = ()

    def valid_value(self, value: str) -> bool:
        return value in self.known


class PromiseForm(GuardedForm, WordsField):
    """What every kind of supporter fills in. What is typed stays typed, whatever is wrong with it.

    `STEPS` names the fields of the steps that ask for something; the last step only shows them.
    """

    KIND: ClassVar[str]
    STEPS: ClassVar[dict[str, tuple[str, ...]]]
    WAYS: ClassVar[Collection[str]] = Pledge.Way.values

    precepts = PreceptsField(
        label=_("I will"),
        help_text=_("Choose what you will really do. One is enough."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one."),
            "invalid_choice": _("One of these was reworded meanwhile. Please choose again."),
        },
    )
    way = forms.ChoiceField(
        label=_("How I will wear the heart"),
        error_messages={"required": _("Please choose how you will wear the heart.")},
    )
    country = CountryField(
        label=_("Country"),
        choices=country_choices,
        help_text=_("No place finer than a country is ever asked or shown."),
        error_messages={"required": _("Please choose a country.")},
    )
    email = OwnMailField(
        label=_("E-mail address"),
        help_text=_(
            "Never shown. We mail you a link to confirm and remind you twice at most. Unconfirmed, the address is "
            "deleted after seven days."
        ),
    )
    form_token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = page_language()
        self.wordings = offered(campaign)
        precepts = self.fields["precepts"]
        assert isinstance(precepts, PreceptsField)  # noqa: S101 tells mypy what the class body says
        precepts.known, precepts.choices = self.wordings, self._precepts
        self._choices("way", self._ways)

    @property
    def sent_token(self) -> str:
        """The form's own secret as it came; empty where none came that could be ours."""
        came = str(self.data.get("form_token") or self.initial.get("form_token") or "")
        return came if TOKEN.fullmatch(came) else ""

    @property
    def token(self) -> str:
        """The secret to send next, the one that came or a new one: it binds a mailed code to this form."""
        return self.sent_token or secrets.token_urlsafe(32)

    def promise(self) -> Promise:
        """What the form says, once it is valid."""
        raise NotImplementedError

    def step_at_fault(self, *, through: str) -> str:
        """The first step with an error, of those up to and with this one; empty where there is none.

        Errors of later steps are dropped: nobody has come there yet.
        """
        steps = list(self.STEPS)
        passed = steps if through == CHECK else steps[: steps.index(through) + 1]
        fields = {field for step in passed for field in self.STEPS[step]}
        for name in list(self.errors):
            if through != CHECK and name not in fields:
                del self.errors[name]
        faulty = [step for step in passed if not self.errors.keys().isdisjoint(self.STEPS[step])]
        return faulty[0] if faulty else (CHECK if self.errors else "")

    def summary(self) -> Iterator[tuple[forms.BoundField, list[str]]]:
        """Each field of the steps with what it says, in words, as the last step shows it; nothing typed, no words."""
        for name in (name for step in self.STEPS.values() for name in step):
            field = self[name]
            yield field, self._said(field)

    def _said(self, bound: forms.BoundField) -> list[str]:
        value = bound.value()
        if isinstance(bound.field, forms.BooleanField):
            return [gettext("Yes")] if value else []
        if isinstance(bound.field, forms.ChoiceField):
            chosen = {str(one) for one in (value if isinstance(value, list) else [value]) if one}
            choices = cast("list[tuple[str, Any]]", bound.field.choices)
            return [label for code, label in choices if str(code) in chosen]
        return [str(value).strip()] if value and str(value).strip() else []

    def _precepts(self) -> list[tuple[str, Any]]:
        return [(value, precept_label(wording)) for value, wording in self.wordings.items()]

    def _ways(self) -> list[tuple[str, Any]]:
        return [("", _("Choose a way")), *(choice for choice in Pledge.Way.choices if choice[0] in self.WAYS)]

    def _choices(self, name: str, choices: Choices) -> None:
        """Where they are a function, they are worded only when they are shown."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 tells mypy what the class body says
        field.choices = choices


class PledgeForm(PublicNameFields, PromiseForm):
    """A person's pledge."""

    KIND = Pledge.Kind.PERSON
    STEPS: ClassVar = {WHAT: ("precepts", "way"), WHO: ("country", "public_name", "words", "is_16_or_older", "email")}
    field_order = (*STEPS[WHAT], *STEPS[WHO])

    def promise(self) -> Promise:
        typed = self.cleaned_data
        return Promise(
            country=typed["country"],
            precepts=[self.wordings[value] for value in typed["precepts"]],
            way=typed["way"],
            public_name=typed["public_name"],
            words=typed["words"],
            is_16_or_older=bool(typed["is_16_or_older"]),
            consent_version=typed["is_16_or_older"] or None,
        )


def precept_label(wording: PreceptWording) -> SafeString:
    """A precept as it is chosen: its title, and what it means."""
    return format_html(
        '<strong class="d-block">{}</strong> {}', translated(wording, "title"), translated(wording, "text")
    )
