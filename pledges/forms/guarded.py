"""What every form that anyone may send has: a trap for robots, and a stamp of its age."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from blueheart.limits import form_age
from blueheart.site_settings.reading import current


class GuardedForm(forms.Form):
    """A form that anyone may send: a field that people do not see, and a stamp of when the form was shown."""

    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def is_from_a_robot(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.data.get("website"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            form_age.check(cleaned.get("shown", ""), quickest=current().least_age(form_age.QUICKEST_SECONDS))
        except form_age.FormAgeError as error:
            self.add_error(None, str(error))
        return cleaned

    @property
    def stamp(self) -> str:
        """The stamp to send next."""
        return form_age.kept(str(self.data.get("shown") or self.initial.get("shown") or ""))
