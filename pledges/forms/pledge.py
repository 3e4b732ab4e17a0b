"""What a supporter fills in: a person here, organisations and authorities in `bodies`."""

import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from typing import Any, ClassVar, cast

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blueheart.languages import countries, page_language
from campaigns.models import Campaign
from campaigns.templatetags.content import translated
from pledges.forms.guarded import GuardedForm, OwnMailField
from pledges.forms.public_names import PublicNameFields, WordsField
from pledges.models import Pledge, PreceptWording
from pledges.services.pledging import Promise

WHAT, WHO, CHECK = "what", "who", "check"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class PromiseForm(GuardedForm, WordsField):
    """What every kind of supporter fills in. What is typed stays typed, whatever is wrong with it.

    `STEPS` names the fields of the steps that ask for something; the last step only shows them.
    """

    KIND: ClassVar[str]
    STEPS: ClassVar[dict[str, tuple[str, ...]]]
    WAYS: ClassVar[Collection[str]] = Pledge.Way.values

    precepts = forms.MultipleChoiceField(
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
    country = forms.ChoiceField(
        label=_("Country"),
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
        self.wordings = {str(wording.pk): wording for wording in PreceptWording.objects.offered(campaign)}
        self._choices("precepts", ((value, precept_label(wording)) for value, wording in self.wordings.items()))
        ways = [choice for choice in Pledge.Way.choices if choice[0] in self.WAYS]
        self._choices("way", [("", _("Choose a way")), *ways])
        self._choices("country", [("", _("Choose a country")), *countries(self.language)])

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

    def _choices(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 tells mypy what the class body says
        field.choices = list(choices)


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
