"""What a visitor looks for on the wall."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from blueheart.languages import countries, page_language
from campaigns.models import Campaign
from campaigns.printing import in_page_language
from pledges.models import Pledge
from pledges.wall import Choice

KINDS = [
    ("", _("Everyone")),
    (Pledge.Kind.PERSON, _("People")),
    (Pledge.Kind.ORGANISATION, _("Organisations")),
    (Pledge.Kind.AUTHORITY, _("Authorities")),
]
CHOSEN = ("country", "campaign", "kind")
SELECT = {"class": "form-select"}


class WallForm(forms.Form):
    """Which hearts to show, by GET: those of a country, a campaign, a kind, up to a day. All of it may be empty."""

    country = forms.ChoiceField(label=_("Country"), required=False, widget=forms.Select(attrs=SELECT))
    campaign = forms.ChoiceField(label=_("Campaign"), required=False, widget=forms.Select(attrs=SELECT))
    kind = forms.ChoiceField(label=_("Who wears it"), required=False, choices=KINDS, widget=forms.Select(attrs=SELECT))
    on = forms.DateField(
        label=_("Up to the day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        error_messages={"invalid": _("Write the day like 2026-07-30.")},
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.campaigns: dict[str, Campaign] = {row.slug: row for row in Campaign.objects.published()}
        titles = ((slug, in_page_language(row, "title")[0]) for slug, row in self.campaigns.items())
        self._choices("country", [("", _("All countries")), *countries(page_language())])
        self._choices("campaign", [("", _("All campaigns")), *titles])
        if "on" in self.errors:
            self.fields["on"].widget.attrs |= {"aria-invalid": "true", "aria-describedby": "id_on_error"}

    @property
    def is_possible(self) -> bool:
        """Whether each of the lists has what was chosen of it; a day that was typed may be wrong all the same."""
        return not self.errors.keys() - {"on"}

    def choice(self) -> Choice:
        """The hearts to look for."""
        said = self.cleaned_data
        return Choice(said["country"], self.campaigns.get(said["campaign"]), said["kind"])

    @property
    def day(self) -> dt.date | None:
        """The day to look back from, where one was written that there is."""
        return self.cleaned_data.get("on")

    @property
    def query(self) -> str:
        """What was chosen as the beginning of a query, for the links to older and newer hearts: `country=PT&`."""
        chosen = {name: self.cleaned_data[name] for name in CHOSEN if self.cleaned_data[name]}
        return f"{urlencode(chosen)}&" if chosen else ""

    @property
    def labels(self) -> list[str]:
        """What was chosen, in words."""
        chosen = ((self._field(name).choices, self.cleaned_data[name]) for name in CHOSEN)
        return [str(dict(choices)[value]) for choices, value in chosen if value]

    def _choices(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        self._field(name).choices = list(choices)

    def _field(self, name: str) -> Any:
        return self.fields[name]
