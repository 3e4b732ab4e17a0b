"""What an organisation or an authority fills in. Staff verify it before anyone sees it."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from blueheart import names
from blueheart.moderation import refused
from pledges.forms.pledge import WHAT, WHO, PromiseForm
from pledges.forms.public_names import ruled_name
from pledges.models import Pledge, PledgingBody
from pledges.services.pledging import Body, Promise

MOST_PEOPLE = 2_000_000_000
NEVER_BEGINS = ("=", "+", "-", "@")  # a spreadsheet would take it for a formula


def plain_text(value: str) -> None:
    """Raises `ValidationError` for a web address, and for what a spreadsheet would calculate."""
    if value.startswith(NEVER_BEGINS) or names.WEB_ADDRESS.search(value):
        raise ValidationError(_("Please write it in plain words, without a web or mail address."))


class BodyForm(PromiseForm):
    """What organisations and authorities have in common: a name, somebody to ask, how many they speak for."""

    STEPS: ClassVar = {
        WHAT: ("precepts", "way"),
        WHO: (
            "public_name", "form", "country", "people", "link", "words", "contact_name", "contact_role", "email",
            "may_speak",
        ),
    }  # fmt: skip
    WAYS = (Pledge.Way.BUILDING, Pledge.Way.PIN, Pledge.Way.CLOTHING, Pledge.Way.EVENT)
    FORMS: ClassVar[tuple[PledgingBody.Form, ...]]
    NO_FORM: ClassVar[tuple[tuple[str, Any], ...]] = (("", _("Choose what it is")),)
    field_order = (*STEPS[WHAT], *STEPS[WHO])

    public_name = forms.CharField(
        max_length=names.LONGEST_OF_BODIES,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "dir": "auto"}),
    )
    form = forms.ChoiceField(label=_("What it is"), error_messages={"required": _("Please choose what it is.")})
    people = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    link = forms.URLField(
        label=_("Website"),
        max_length=200,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.URLInput(attrs={"autocomplete": "url", "dir": "ltr"}),
        error_messages={"required": _("Please give the address of the website.")},
    )
    contact_name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        validators=[plain_text],
        help_text=_("Never shown. Our staff may write to you to verify the pledge."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": _("Please give your name.")},
    )
    contact_role = forms.CharField(
        label=_("Your role there"),
        max_length=100,
        validators=[plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "organization-title", "dir": "auto"}),
        error_messages={"required": _("Please say what your role is.")},
    )
    may_speak = forms.BooleanField(error_messages={"required": _("Please tick this box: only then can we take it.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("form", [*self.NO_FORM, *((form.value, form.label) for form in self.FORMS)])
        self.fields["precepts"].label = _("We will")
        self.fields["way"].label = _("How we will wear the heart")
        self.fields["email"].help_text = _(
            "Never shown. We mail you a link to confirm, and what our staff decide. Best is an address of its own."
        )

    def clean_public_name(self) -> str:
        return ruled_name(self.cleaned_data["public_name"], refused.name_of_body)

    def promise(self) -> Promise:
        typed = self.cleaned_data
        return Promise(
            kind=self.KIND,
            country=typed["country"],
            precepts=[self.wordings[value] for value in typed["precepts"]],
            way=typed["way"],
            public_name=typed["public_name"],
            words=typed["words"],
            body=Body(
                form=typed["form"],
                people=typed["people"],
                link=typed["link"],
                contact_name=typed["contact_name"],
                contact_role=typed["contact_role"],
            ),
        )


class OrganisationForm(BodyForm):
    """The pledge of an organisation: an association, a company, a school."""

    KIND = Pledge.Kind.ORGANISATION
    FORMS: ClassVar = tuple(form for form in PledgingBody.Form if form not in PledgingBody.OF_AUTHORITIES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["public_name"].label = _("Name of the organisation")
        self.fields["public_name"].error_messages["required"] = _("Please give the name of the organisation.")
        self.fields["people"].label = _("How many people it speaks for")
        self.fields["people"].help_text = _("Members, staff or pupils, as you count them.")
        self.fields["link"].required = self.fields["link"].widget.is_required = False
        self.fields["may_speak"].label = _("I may speak for this organisation")


class AuthorityForm(BodyForm):
    """The pledge of a State, a region or a city: its official website is where staff verify it."""

    KIND = Pledge.Kind.AUTHORITY
    WAYS = (Pledge.Way.BUILDING, Pledge.Way.EVENT, Pledge.Way.PIN, Pledge.Way.CLOTHING)
    FORMS = PledgingBody.OF_AUTHORITIES
    NO_FORM = ()  # few enough for buttons

    form = forms.ChoiceField(
        label=_("What it is"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose what it is.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["public_name"].label = _("Name of the authority")
        self.fields["public_name"].help_text = _("As it calls itself: City of Lisbon, Government of Andalusia.")
        self.fields["public_name"].error_messages["required"] = _("Please give the name of the authority.")
        self.fields["people"].label = _("How many inhabitants it has")
        self.fields["link"].label = _("Official website")
        self.fields["link"].help_text = _("There we look whether the pledge is yours.")
        self.fields["may_speak"].label = _("I may speak for this authority")
