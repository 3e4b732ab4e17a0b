"""What somebody fills in who would rather give by bank transfer."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class InstructionsForm(forms.Form):
    """Where the instructions go, and in which language."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("By it we know whose transfer it is, and your receipt goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Please enter your e-mail address.")},
    )
    language = forms.ChoiceField(label=_("Language of the mail"), choices=settings.LANGUAGES)
