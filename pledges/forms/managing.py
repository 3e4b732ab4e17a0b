"""What supporters fill in on their own pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.card_numbers import without_card_number
from blueheart.languages import countries, page_language
from blueheart.mail_addresses import OwnMailField
from blueheart.moderation import refused
from pledges.forms.bodies import AuthorityForm, BodyForm, OrganisationForm
from pledges.forms.pledge import precept_label
from pledges.forms.public_names import PublicNameFields, ruled_name
from pledges.models import Pledge, PledgingBody, PreceptWording
from pledges.models.pledges import LONGEST_NAME
from pledges.services.managing import Shown, is_hidden_by_staff
from pledges.services.pledging import Body

BODY_FORMS = {Pledge.Kind.ORGANISATION: OrganisationForm, Pledge.Kind.AUTHORITY: AuthorityForm}


class AddressForm(forms.Form):
    """Which address the link goes to."""

    email = OwnMailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("The one that you pledged with."),
    )


class ShownForm(PublicNameFields):
    """What one heart shows, filled in with what it shows now; with what an organisation says of itself, for one."""

    public_name = forms.CharField(
        label=gettext_lazy("Name to show"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("Leave it empty to show no name: we then forget it, and your heart is “A supporter”."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "dir": "auto"}),
    )
    words = forms.CharField(
        label=gettext_lazy("A few words"),
        required=False,
        max_length=280,
        help_text=gettext_lazy("At most 280 characters. New words are shown once a person has read them."),
        validators=[without_card_number],
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    is_on_wall = forms.BooleanField(
        label=gettext_lazy("Show my heart on the wall"),
        required=False,
        help_text=gettext_lazy("Without it your heart counts all the same; neither the wall nor a page shows it."),
    )
    # What these are called and how they are checked is taken from the form of the pledge.
    form = forms.ChoiceField()
    people = forms.IntegerField()
    link = forms.URLField(assume_scheme="https")
    contact_name = forms.CharField()
    contact_role = forms.CharField()

    OF_A_BODY = ("form", "people", "link", "contact_name", "contact_role")

    def __init__(self, *args: Any, pledge: Pledge, **kwargs: Any) -> None:
        self.pledge = pledge
        self.body: PledgingBody | None = getattr(pledge, "body", None)
        kwargs["initial"] = self._now() | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if is_hidden_by_staff(pledge):
            del fields["is_on_wall"]
        if self.body is None:
            for name in self.OF_A_BODY:
                del fields[name]
            if pledge.is_16_or_older:
                del fields["is_16_or_older"]  # said once
            return
        del fields["is_16_or_older"]
        of_its_kind = BODY_FORMS[Pledge.Kind(pledge.kind)](campaign=pledge.campaign).fields
        for name in ("public_name", *self.OF_A_BODY):
            fields[name] = of_its_kind[name]

    def clean_public_name(self) -> str:
        name: str = self.cleaned_data["public_name"]
        if not name or name == self.pledge.public_name:
            return name
        return ruled_name(name, refused.public_name if self.body is None else refused.name_of_body)

    def wish(self) -> Shown:
        """What was asked for, from a valid form."""
        said = self.cleaned_data
        return Shown(
            public_name=said["public_name"],
            words=said["words"],
            is_16_or_older=bool(said.get("is_16_or_older")),
            consent_version=said.get("is_16_or_older") or None,
            is_on_wall=said.get("is_on_wall", False),
            body=Body(**{name: said[name] for name in self.OF_A_BODY}) if self.body else None,
        )

    def _now(self) -> dict[str, Any]:
        pledge = self.pledge
        now: dict[str, Any] = {
            "public_name": pledge.public_name,
            "words": pledge.words,
            "is_on_wall": pledge.hidden_at is None,
        }
        return now | {name: getattr(self.body, name) for name in self.OF_A_BODY if self.body}


class PromisedForm(forms.Form):
    """What one pledge promises, filled in with what it does now.

    A precept that was promised is shown and kept in the wording it was promised in, offered today or not; the others
    are offered as they are worded today.
    """

    precepts = forms.MultipleChoiceField(
        label=gettext_lazy("I will"),
        help_text=gettext_lazy("Choose what you will really do. One is enough."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one."),
            "invalid_choice": gettext_lazy("One of these was reworded meanwhile. Please choose again."),
        },
    )
    way = forms.ChoiceField(label=gettext_lazy("How I will wear the heart"))
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("No place finer than a country is ever asked or shown."),
    )

    def __init__(self, *args: Any, pledge: Pledge, **kwargs: Any) -> None:
        held = list(pledge.precepts_in_order())
        now = {"precepts": [str(wording.pk) for wording in held], "way": pledge.way, "country": pledge.country}
        kwargs["initial"] = now | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        offered = list(PreceptWording.objects.offered(pledge.campaign))
        promised = {wording.precept_id: wording for wording in held}
        shown = [promised.pop(wording.precept_id, wording) for wording in offered]
        self.wordings = {str(wording.pk): wording for wording in [*shown, *promised.values()]}
        fields: dict[str, Any] = self.fields
        fields["precepts"].choices = [(value, precept_label(wording)) for value, wording in self.wordings.items()]
        fields["country"].choices = countries(page_language())
        is_person = pledge.kind == Pledge.Kind.PERSON
        ways = {pledge.way, *(Pledge.Way.values if is_person else BodyForm.WAYS)}
        fields["way"].choices = [choice for choice in Pledge.Way.choices if choice[0] in ways]
        if not is_person:
            fields["precepts"].label, fields["way"].label = _("We will"), _("How we will wear the heart")

    def chosen(self) -> list[PreceptWording]:
        """The wordings that were ticked, from a valid form."""
        return [self.wordings[value] for value in self.cleaned_data["precepts"]]


class EraseForm(forms.Form):
    """The second of two steps."""

    is_understood = forms.BooleanField(
        label=gettext_lazy("I understand that this cannot be undone"),
        error_messages={"required": gettext_lazy("Please tick this box: what is erased cannot be brought back.")},
    )
