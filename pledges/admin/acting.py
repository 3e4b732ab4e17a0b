"""What the pages of acts have in common: reasons to choose, and buttons that say what was done."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import Button
from pledges.models import HeartPhoto, Pledge

Words = str | Promise


class NothingForm(forms.Form):
    """An act that asks for nothing but its button."""


class HideForm(forms.Form):
    """Why a heart is hidden; no other act asks for it."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why hide"),
        required=False,
        choices=[("", gettext_lazy("(choose a reason)")), *Pledge.Hidden.choices],
    )


class RefusePhotoForm(forms.Form):
    """Why a photo is refused."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why refuse"),
        required=False,
        choices=[("", gettext_lazy("(choose a reason)")), *HeartPhoto.Refusal.choices],
    )


class WhyForm(forms.Form):
    """A reason in words, where the act needs one."""

    why = forms.CharField(
        label=gettext_lazy("Why, for the trail"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Needed only to close without a mail. No name, no address."),
        widget=forms.TextInput(attrs={"size": 60}),
    )


def told(name: str, label: Words, act: Callable[[], bool], done: Words, *, is_default: bool = False) -> Button:
    """A button for an act that answers whether it changed anything."""

    def press(_given: dict[str, Any]) -> str:
        return str(done) if act() else _("That changes nothing.")

    return Button(name, label, press, is_default=is_default)
