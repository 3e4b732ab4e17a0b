"""What keepers of groups and those who join them fill in."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import names
from blueheart.card_numbers import without_card_number
from blueheart.languages import countries, page_language
from blueheart.mail_addresses import OwnMailField
from blueheart.moderation import refused
from blueheart.refusals import RefusedError
from campaigns.models import Campaign
from campaigns.templatetags.content import translated
from pledges import paper_lists
from pledges.forms.guarded import GuardedForm
from pledges.forms.pledge import PledgeForm
from pledges.forms.public_names import ruled_name
from pledges.models import Group, PaperSheet
from pledges.paper_lists import MOST_HEARTS, Understood
from pledges.services.groups import Opening, open_campaigns

LARGEST_TARGET = 10_000_000
TOLD = ("hearts", "listed", "file")  # the three ways of telling hearts on paper
COUNT_SECONDS = 2 * 60 * 60  # how long a list that was understood can be counted in


class AboutFields(forms.Form):
    """What a keeper may change later."""

    target = forms.IntegerField(
        label=gettext_lazy("How many hearts do you hope for?"),
        min_value=1,
        max_value=LARGEST_TARGET,
        help_text=gettext_lazy("Your own target. You can change it later."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Please say how many hearts you hope for.")},
    )
    about = forms.CharField(
        label=gettext_lazy("About the group"),
        required=False,
        max_length=280,
        help_text=gettext_lazy("At most 280 characters, for everyone to read. No names of people, please."),
        validators=[without_card_number],
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean_about(self) -> str:
        about = " ".join(self.cleaned_data["about"].split())
        if names.WEB_ADDRESS.search(about) or "@" in about:
            raise ValidationError(_("Please write it without a web or mail address."))
        return about


class GroupForm(AboutFields, GuardedForm):
    """A group that somebody opens."""

    name = forms.CharField(
        label=gettext_lazy("Name of the group"),
        max_length=100,
        help_text=gettext_lazy("The school, company or town, as people know it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Please give the name of the group.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=[("", gettext_lazy("Choose what it is")), *Group.Kind.choices],
        error_messages={"required": gettext_lazy("Please choose what it is.")},
    )
    is_of_pupils = forms.BooleanField(
        label=gettext_lazy("Our members are pupils"),
        required=False,
        help_text=gettext_lazy(
            "For children and young people at school. Their group never holds a name, an address or a photo: each adds "
            "a heart by one button, or on paper. This cannot be changed later."
        ),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("No place finer than a country is ever asked or shown."),
        error_messages={"required": gettext_lazy("Please choose a country.")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the poster, the paper sheet and our mails"), choices=settings.LANGUAGES
    )
    campaign: "forms.ModelChoiceField[Campaign]" = forms.ModelChoiceField(
        label=gettext_lazy("Campaign"), queryset=Campaign.objects.none(), empty_label=None, to_field_name="slug"
    )
    keeper_name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=40,
        help_text=gettext_lazy("You keep the group. Only our staff see your name."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Please give your name.")},
    )
    keeper_email = OwnMailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("Never shown. We mail you a link to confirm it, and later the links to your group."),
    )

    field_order = (
        "name", "kind", "is_of_pupils", "country", "language", "campaign", "target", "about", "keeper_name",
        "keeper_email",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = page_language()
        fields: dict[str, Any] = self.fields
        fields["country"].choices = [("", _("Choose a country")), *countries(language)]
        fields["language"].initial = language
        fields["campaign"].queryset = open_campaigns()
        fields["campaign"].label_from_instance = lambda campaign: translated(campaign, "title")
        fields["campaign"].initial = Campaign.GLOBAL_SLUG

    def clean_name(self) -> str:
        return ruled_name(self.cleaned_data["name"], refused.name_of_body)

    def clean_keeper_name(self) -> str:
        return ruled_name(self.cleaned_data["keeper_name"], names.check)

    def opening(self) -> Opening:
        """What the form says, once it is valid."""
        typed = self.cleaned_data
        fields = (
            "name", "kind", "country", "language", "target", "keeper_name", "keeper_email", "is_of_pupils", "about",
        )  # fmt: skip
        return Opening(**{name: typed[name] for name in fields})


class ChangeForm(AboutFields):
    """What the keeper changes of an own group."""


class KeeperForm(forms.Form):
    """Which address the link goes to."""

    email = OwnMailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("The one with which the group was opened."),
    )


class TokenForm(forms.Form):
    """A form that counts once, however often it is sent."""

    form_token = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": "", "invalid": ""})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"form_token": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class UnnamedJoinForm(TokenForm, GuardedForm):
    """One press of a button: a heart without a name."""


class JoinForm(PledgeForm):
    """A member's pledge: without words, its country filled in."""

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        kwargs["initial"] = {"country": group.country, **(kwargs.get("initial") or {})}
        super().__init__(*args, campaign=group.campaign, **kwargs)

    def clean_words(self) -> str:
        """The page does not ask for any."""
        return ""


class SheetForm(TokenForm):
    """Hearts on paper, told in one of three ways: a number, a list, or a file. Lists are counted and forgotten."""

    hearts = forms.IntegerField(
        label=gettext_lazy("How many lines have a mark?"),
        required=False,
        min_value=1,
        max_value=MOST_HEARTS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    listed = forms.CharField(
        label=gettext_lazy("The list, one person per line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=gettext_lazy("The list as a file: CSV or plain text, at most 1 MB"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )
    understood: Understood
    way: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for name in TOLD:
            fields[name].required_otherwise = True  # one of the three is: none is marked "(optional)"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        told = [name for name in TOLD if said.get(name) and str(said[name]).strip()]
        if len(told) != 1 and not self.errors:
            raise ValidationError(
                _("Please use one of the three ways only.")
                if told
                else _("Please type a number or a list, or choose a file.")
            )
        for name in told if not self.errors else ():
            self._understand(name, said[name])
        # Only numbers leave the form.
        said.pop("listed", None)
        said.pop("file", None)
        return said

    def _understand(self, name: str, value: Any) -> None:
        self.way = PaperSheet.Way.FILE if name == "file" else PaperSheet.Way.TYPED
        try:
            if name == "hearts":
                self.understood = Understood(value)
            else:
                self.understood = (
                    paper_lists.read_file(value.read()) if name == "file" else paper_lists.read_typed(value)
                )
        except RefusedError as error:
            self.add_error(name, str(error))

    def counted(self, group: Group) -> str:
        """What was understood, sealed, to be sent once more with a button."""
        said = [group.pk, self.understood.hearts, self.way, str(self.cleaned_data["form_token"])]
        return signing.dumps(said, salt="pledges.sheets")


def read_counted(sealed: str, group: Group) -> tuple[int, str, uuid.UUID] | None:
    """Hearts, way and form of what was understood; None where the seal is broken, too old, or another group's."""
    try:
        group_id, hearts, way, form_token = signing.loads(sealed, salt="pledges.sheets", max_age=COUNT_SECONDS)
    except signing.BadSignature:
        return None
    return (hearts, way, uuid.UUID(form_token)) if group_id == group.pk else None
